"""Questions that founders ask: those that ask about what happened, and those that bring their answer along."""

from __future__ import annotations

GOOD = """
Tell me about the last time a quote went out late.
Walk me through it.
What happened next?
What did you do then?
How often did that happen this month?
What did it cost you, in hours?
Who else is affected?
What do you do about it today?
What have you tried?
Why did you stop?
What do you pay for that?
When you last bought a tool, how did that go?
Who signed?
What would have to be true for you to switch?
What do you call that?
What would you type to find it?
Who else should I talk to?
What should I have asked?
Can you show me?
Could you show me how you did it last week?
Would you walk me through your last quote?
May I record this?
Would you mind if I take notes?
Is it okay if I record this?
How do you do it today?
What made you look for something else?
How did you find the tool you use now?
Where did you hear about it?
How long did that take you?
How many people were involved?
What did your boss say when it happened?
What did you use before that?
Why did you choose that one?
What almost stopped you from buying it?
How much do you pay for QuickBooks?
How much did you spend on it last year?
When did you last do that?
What was going on at the time?
And then what happened?
What was the hardest part of that day?
How did you feel when the customer left?
What do you do if the supplier does not call back?
What happens if a quote is wrong?
Why do you think that happened?
Who do you ask when you are stuck?
What else have you used for that?
Which of these did you finish last week?
Tell me more about the spreadsheet.
You said it takes three hours. What takes the time?
What else do you do on the roof that ends up in your phone?
Would you introduce me to your brother-in-law?
Would you be willing to try it with your own numbers on Tuesday?
Can we meet again on Thursday so that you can try the first version?
Would you like to add anything before we stop?
Do you have five minutes more?
How do you explain it to somebody new?
When did you decide to cancel?
What did you expect when you signed up?
What did you do with the report after you printed it?
Who decides what gets bought in your company?
What is the budget that you had for this last year?
Why don't you use the module that came with it?
What don't you like to do by hand, and what did you do about it?
How do your customers pay you?
How would I find your last invoice in there?
Where do you keep the pictures?
What did the other roofers do?
Is the office open on Fridays?
Did you send it the same day?
What would you need to see before you sign on Friday?
Why do you bother?
What are the implications of that?
Talk me through the last time that happened.
How are you dealing with it now?
Where does the money come from?
Is there anything else I should have asked?
When did you first realise you needed something?
Where were you when you decided?
Was anyone else with you?
Did you imagine what life would be like with the new product?
Did you have any anxiety about the purchase?
What were you hoping to achieve?
Do you have a way to do that now?
How do you measure that?
Did you google for alternatives?
Would it be okay if I called again next month?
What is the first thing you do in the morning?
Do you use Excel?
How many of those do you send in a week?
Which tools did you compare?
Was it worth it?
Is anyone else using it?
How would you describe your job to a friend?
What would happen if you did nothing?
Are you the one who decides?
Can I see the spreadsheet?
What do you think went wrong?
Do you know anyone else who has this?
Would you be open to a second call next week?
Would you send me the file?
Will you be at the fair in May?
Would you have a minute?
What's the workaround you use?
How did you come up with that?
What do you like about the tool you use now?
Do you need approval for that?
How does your team find out that a quote was accepted?
Do you prefer mornings or afternoons for our next call?
How did people react?
Did anyone complain?
What were the options you looked at?
If that happens on a Sunday, what do you do?
What did you like about it when you tried it?
Do you have the file here?
How easy was it to find somebody who could fix it?
Did you want to cancel at that point?
Who would use it in your company?
Who pays when it goes wrong?
Do you remember what you typed into Google?
How much time did you spend on that last week?
What was your biggest job last year?
Are you still using the trial?
Would you show me the email?
Could you forward me the invoice?
Is that the same person who signs?
How is it different from what you did before?
So you called him on Tuesday, right?
It was the red one, wasn't it?
I suppose you have done this a hundred times. Which one do you remember best?
Can you think of a specific example?
Did that help?
What did you want to happen?
Has this come up before?
What problem were you trying to solve when you bought it?
What stops you from doing it every week?
Could you use it without the phone?
How did you hear about us?
What happened when you tried to import the list?
What did you use it for?
Do your customers ever ask about it?
What was the last thing you bought for the business?
How did the inspection go?
When do you usually sit down to do the books?
Who was in the room?
How did you decide between the two?
Could you tell me a bit about your role?
What does a normal Monday look like?
Can you give me an example?
What was the hardest thing about that?
How did you notice that the number was wrong?
Did you talk to anyone about it?
What happened after the customer complained?
How did you work around it?
Which step takes longest?
Do you write that down somewhere?
What do you do with the photos afterwards?
How many quotes did you send last week?
How many of those turned into jobs?
What did you try first?
What did you pay for the old system?
Who had to approve that?
Why did you cancel the subscription?
How long have you been using it?
What would you have done without the spreadsheet?
Would you be able to share the template with me?
Will you send it to me after the call?
Would Tuesday at ten work for you?
Would next Thursday work?
Would that work for you on Wednesday?
Is there someone else who deals with this?
Is there a document you can show me?
Do people in your office do it the same way?
Do you have a minute to show me?
Do they want it printed?
What do they want to know when they call?
Which report do you need for the tax office?
What do you need before you can start?
How do you feel about how that went?
Did it feel like a waste of time?
What made you think that?
What did you think of the training they gave you?
If a customer calls at night, who answers?
Have you ever lost a job because of it?
Have you looked for a solution?
How would you do that without the app you have?
Isn't Maria the one who signs?
Haven't seen you in a while. How did the fair go?
You told me the quote takes three hours, is that right?
So the first step is the measurement, correct?
May I ask what you paid?
Could I see how you enter a lead?
Are you still with the same supplier?
Are there other people who do this?
Is it always you who writes the quote?
Where do you want me to send it?
What should I read to understand the trade?
Should I call you or your wife?
Should we take it from the beginning?
What time would suit you?
What would be a good time to talk again?
How can I thank you?
Would you rather talk in German?
What is important to your customers when they choose a roofer?
What do you wish you had known when you started?
How did it make you feel?
What happened the day before you called us?
How do you know a roof is finished?
What did the last one cost?
Who wrote that?
When was the last time you changed software?
Why then?
What were you using at the time?
How did your colleagues take it?
How did you convince your boss?
What did you have to give up for it?
Do you still have the old list?
Do you sell to schools as well?
How do you find new customers?
What took so long?
What would have happened if nobody had noticed?
Did anybody else want it?
What did they say they needed?
Have you paid for something like that before?
What did you hope it would do?
What does it not do?
What do you copy from one place to the other?
Do you like working alone?
Is that a big company?
Was that a problem for the customer?
How important was the price in that decision?
Would you mind showing me your screen?
Can you send me three old quotes?
Will you pay the deposit this week?
Would you sign the letter of intent today?
Can I come along on Friday?
How many hours was that?
Which day was it?
You mentioned your nephew. What does he do?
Who would have to approve that?
How would that normally be decided?
What would you do next in that case?
Would that be the office or the truck?
Do you think back to a case where it went well?
Did you think about hiring someone?
Do you find customers through the website?
What did your morning look like yesterday?
Who told you about the new rule?
Which invoice was that?
How long had you been looking?
What did you type into the form?
Was your accountant there?
How did the first week with it go?
What did you stop doing since then?
Who gets the report?
When does the season start for you?
What was on the list?
Could you read me the last message?
How do new people learn this?
What surprised you?
And who paid for that in the end?
Where does the number come from?
What did you tell the customer?
Did somebody check it?
How many times did you call?
What is in the folder?
How do you know it worked?
What happened to the old one?
Would you put me in touch with her?
Would you send me last month's invoice?
Can I watch you do it tomorrow?
Why do you think she left?
What if it rains, what do you do then?
What would you normally do next?
Do you remember the price?
Is there a rule for that?
Did you ever go back to it?
How would your colleague describe it?
What else was in the offer?
When did it start to annoy you?
What do you use most?
Which features do you use?
How did you pay?
Was that the first time?
What did it look like?
What does that look like on paper?
What does it look like when a quote is late?
What would you say to somebody new in the trade?
If you had to pick one of those days, which one was it?
How do you think about prices when a roof is steep?
I guess you remember the day. What was it like?
Why is it so quiet in here today?
How many roofs would you say you did last year?
""".strip().split("\n")

LEADING = """
hypothetical | Would you use an app that does this?
hypothetical | Would you buy something like this?
hypothetical | Would you ever use a tool like that at work?
hypothetical | Would your team use this?
hypothetical | Would you be interested in a product that writes quotes?
hypothetical | Would you recommend this to a friend?
hypothetical | Would you switch from QuickBooks to us?
hypothetical | Would you like to have an automatic reminder?
hypothetical | Will you use it every day?
hypothetical | Could you see yourself using this?
hypothetical | Would you consider signing up?
hypothetical | What if we built a tool that measures the roof for you?
hypothetical | If there was an app that did this, what would it look like?
hypothetical | If we added exports, could you drop the spreadsheet?
hypothetical | If you had a magic wand, what would you change?
hypothetical | Imagine you had a tool that does all of this. How does your day look?
hypothetical | How likely are you to use this?
hypothetical | How often would you use it?
hypothetical | Are you going to use this next year?
hypothetical | On a scale of one to ten, how much do you need this?
hypothetical | What features would you like?
hypothetical | Which features do you want in the first version?
hypothetical | What should we build next?
hypothetical | What would your ideal tool do?
hypothetical | What would you want it to do?
hypothetical | Would it help if the app sent the quote for you?
hypothetical | Would that be useful?
hypothetical | Would this save you time?
hypothetical | Would a dashboard make your life easier?
opinion | What do you think of our idea?
opinion | What do you think about this design?
opinion | Do you think this is a good idea?
opinion | Do you think people need this?
opinion | What’s your opinion on AI for quotes?
opinion | What are your thoughts on the prototype?
opinion | How do you feel about using AI for this?
opinion | Is this a problem for you?
opinion | Is that a big pain point for you?
opinion | How important is speed to you?
opinion | What are your biggest challenges?
opinion | Do you have problems with late quotes?
opinion | Do you like this?
opinion | Do you like the idea of one-click quotes?
opinion | Does this sound good?
opinion | How does that sound?
opinion | Is this something you need?
opinion | Do you see value in that?
opinion | Which design do you prefer?
compliment | It's annoying, isn't it?
opinion | Don't you think it looks great?
compliment | Wouldn't it be great to send the quote from the truck?
compliment | You want to be faster, don't you?
compliment | That would save you a lot of time, right?
compliment | So you hate doing quotes at night, right?
compliment | Pretty cool, right?
compliment | What do you like most about our app?
compliment | Did you like the demo?
compliment | How cool is that?
price | How much would you pay for this?
price | What would you pay for it?
price | Would you pay for that?
price | Would you pay $49 a month?
price | Would 49 dollars a month be fair?
price | Is $99 too expensive?
price | What's a fair price for this?
price | How much should we charge?
price | How much is this worth to you?
price | How much would your company be willing to spend?
assuming | How annoying is it to write quotes at night?
assuming | How frustrating is that?
assuming | How hard is it to keep track of everything?
hypothetical | How much time would you save with this?
assuming | That must be frustrating. How often is it?
assuming | I bet you lose a lot of jobs that way?
assuming | Why do you hate spreadsheets?
assuming | Are you tired of chasing leads?
assuming | Does it bother you that quotes are late?
compliment | Don't you wish there was a better way?
stacked | What do you use today? How much do you pay for it?
stacked | Who decides about new tools? When did you last buy one? How did it go?
pitch | We're building a tool for roofers. It automatically measures the roof. Our app then writes the quote. How do you do it today?
hypothetical | Would anybody use this?
opinion | Do you think that would work?
opinion | Should we add a calendar?
hypothetical | Would you want notifications?
hypothetical | Are you interested in beta testing?
hypothetical | Could this replace your spreadsheet?
opinion | Do you find it frustrating to write quotes?
compliment | Isn't that a huge waste of time?
hypothetical | How much easier would your job be with this?
hypothetical | What would you change about our product?
opinion | Would you say that quotes are your biggest problem?
opinion | Do you agree that speed matters most?
opinion | Is speed important to you?
hypothetical | If I built this, would you buy it?
hypothetical | Can you see your team using this?
opinion | How valuable would this be to you?
hypothetical | Would you give up your current tool for this?
assuming | Do you hate doing paperwork?
opinion | What do you think, is it good?
price | Would ten euros a month be okay?
price | Is 20 dollars a month too much?
price | Would you mind paying for it?
assuming | You'd love that, wouldn't you?
opinion | Does our idea make sense to you?
assuming | Why is this so painful for you?
compliment | Wouldn't you rather have it automated?
opinion | Do you want an app for that?
hypothetical | Would it be nice to have everything in one place?
assuming | How much money do you waste on this?
assuming | Have you ever wished for a better tool?
compliment | Don't you get annoyed by that?
opinion | Is there a need for this in your industry?
opinion | Do you believe AI could do it better?
hypothetical | Would you trust an AI with your quotes?
opinion | Do roofers like apps?
hypothetical | Would you use it if it was free?
opinion | Do you think your colleagues would like it?
hypothetical | What would convince you to buy?
hypothetical | Would a faster tool interest you?
hypothetical | Would you be excited about that?
hypothetical | Will people switch to this?
hypothetical | How would you feel if it did this automatically?
opinion | Do you think it's worth 30 dollars?
hypothetical | If we launched tomorrow, would you sign up?
hypothetical | Would you be our first customer if we built it?
price | What would you pay to never do this again?
opinion | Do you think we should charge monthly or yearly?
assuming | How happy would you be with a tool like that?
hypothetical | Suppose the app could read your handwriting. Would you switch?
hypothetical | Would it be cool if the app talked?
opinion | Do you feel that quotes take too long?
compliment | Isn't it obvious that this is broken?
compliment | Wouldn't it be easier to do it by voice?
assuming | You must be so tired of this.
assuming | How bad is it really?
hypothetical | Would your customers appreciate faster quotes?
opinion | What do you think customers want?
opinion | Which of our features is your favourite?
opinion | What's your biggest pain point with quoting?
opinion | What keeps you up at night?
opinion | Do you want to save time?
hypothetical | Would you prefer a monthly price?
opinion | Do you like our logo?
opinion | Do you struggle with follow-ups?
hypothetical | Would you use this instead of Excel?
hypothetical | How interested are you in this?
opinion | Does this solve your problem?
opinion | Is this useful for you?
opinion | Is our app easy to use?
price | Could you imagine paying for it?
hypothetical | What's missing in our product?
hypothetical | How much would that save you a month?
price | What amount would you be comfortable paying?
compliment | Everyone hates paperwork, don't they?
compliment | You would use this, right?
assuming | Are you unhappy with your current software?
opinion | Do you agree?
opinion | Do you think you'd use it?
opinion | Would you say it's worth it?
hypothetical | How would an app help you?
hypothetical | Would this be something you'd pay for?
hypothetical | If it cost nothing, would you take it?
hypothetical | Could our app help you here?
hypothetical | What would make you use it every day?
hypothetical | Would you want to try our beta?
opinion | Do you need a better way to do this?
assuming | Do you wish it was faster?
compliment | How amazing would it be to never type again?
compliment | Wouldn't you agree that this is too slow?
assuming | How frustrated are you with your tool?
opinion | Is price an issue for you?
opinion | What do you think about paying monthly?
price | Would you pay more for faster support?
price | Is 15 euros a fair price?
compliment | That sounds like a nightmare, doesn't it?
price | Would people in your industry pay for it?
opinion | Do you think AI is the future of roofing?
price | Would you be willing to pay upfront?
opinion | How much do you think it should cost?
hypothetical | Would you keep using it?
hypothetical | Would an integration with QuickBooks be useful?
hypothetical | What else should it do?
opinion | Does that sound like something you need?
compliment | You probably hate that, right?
compliment | Do you love the new design?
hypothetical | Will this help your business?
assuming | Are you excited about it?
hypothetical | Would it be helpful to have templates?
opinion | Do you think a template would save time?
hypothetical | Would you use templates if we had them?
hypothetical | What would the perfect template look like?
opinion | Is it annoying to fill this in?
compliment | Isn't it annoying to fill this in?
opinion | How much time do you think you'd save?
price | Would you spend 20 euros on that?
hypothetical | Could you imagine working without paper?
hypothetical | What if the form filled itself?
hypothetical | If the app sent reminders, would you still call?
price | Would your boss pay for it?
opinion | Do you like our name?
compliment | Wouldn't you want to know that earlier?
compliment | You'd probably want a dashboard, right?
compliment | How great would it be to be done by five?
assuming | Are you satisfied with your current tool?
opinion | Is that something your team would use?
opinion | What do you think about the price?
opinion | Does this make sense for your business?
opinion | How often do you think you'd use it?
hypothetical | Would you rather use our app than paper?
opinion | Why do you need a better tool?
hypothetical | Would you sign up today if it was free?
opinion | Do you agree that this is the biggest problem?
opinion | What's your feedback on the prototype?
price | Is 50 dollars a month reasonable?
assuming | How painful is the current process?
opinion | Should the app remind you?
""".strip().split("\n")
