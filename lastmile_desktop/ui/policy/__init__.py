"""The rules that usually live in heads and chats, read, changed and checked."""
