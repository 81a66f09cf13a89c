BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'lastmile','m001_first','2026-11-20 06:35:40.088025+00:00');
CREATE TABLE answers (
        project_id INTEGER NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        answered_at TEXT NOT NULL,
        PRIMARY KEY (project_id, key)
    );
CREATE TABLE attestations (
        id INTEGER PRIMARY KEY,
        project_id INTEGER NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        check_id TEXT NOT NULL,
        target TEXT NOT NULL,
        done_on TEXT NOT NULL,
        body TEXT NOT NULL
    );
CREATE TABLE conversations (
        id INTEGER PRIMARY KEY,
        project_id INTEGER NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        held_at TEXT NOT NULL,
        person TEXT NOT NULL,
        body TEXT NOT NULL
    );
INSERT INTO "conversations" VALUES(1,1,'2026-11-18T00:00:00+00:00','Dana Ortiz','{"person":"Dana Ortiz","said":"I lose the job site photos.","when":"2026-11-18T00:00:00Z","id":1,"company":"","role":"unknown","in_lane":null,"channel":"call","minutes":null,"quotes":[],"tags":[],"linked_checks":[],"commitment":{"level":"none","what":"","amount":0,"currency":""},"follow_up":null}');
CREATE TABLE findings (
        project_id INTEGER NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        fingerprint TEXT NOT NULL,
        rule TEXT NOT NULL,
        life TEXT NOT NULL,
        first_seen TEXT NOT NULL,
        last_seen TEXT NOT NULL,
        ended_at TEXT,
        body TEXT NOT NULL,
        PRIMARY KEY (project_id, fingerprint)
    );
INSERT INTO "findings" VALUES(1,'f1','access.rls-disabled/rule','open','2026-11-20T10:00:00','2026-11-20T12:00:00',NULL,'{"rule":"access.rls-disabled/rule","fingerprint":"f1","target":".","message":"Something is open.","severity":"critical","confidence":0.95,"evidence":[{"kind":"span","path":"src/a.ts","line_start":7,"line_end":7,"column":0,"note":"","snippet":"","snippet_start":0}],"life":"open","first_seen":"2026-11-20T10:00:00","suppression":""}');
CREATE TABLE projects (
        id INTEGER PRIMARY KEY,
        root TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        opened_at TEXT NOT NULL
    );
INSERT INTO "projects" VALUES(1,'/home/ann/acme-crm','acme-crm','2026-11-20T12:00:00+00:00');
CREATE TABLE scans (
        id INTEGER PRIMARY KEY,
        project_id INTEGER NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        started TEXT NOT NULL,
        confirmed_at TEXT NOT NULL,
        git_commit TEXT NOT NULL,
        branch TEXT NOT NULL,
        catalogue TEXT NOT NULL,
        checklist_digest TEXT NOT NULL,
        gaps INTEGER NOT NULL,
        stoppers INTEGER NOT NULL,
        body BLOB NOT NULL
    );
INSERT INTO "scans" VALUES(1,1,'2026-11-20T12:00:00','2026-11-20T12:00:00','abc','main','1','4aabbfd3b5b5e9bd180520293c9e6fda',1,1,X'789C6D52ED6EDB300C7C9542BF1DD776B175F56B6CFF8A206064C6D1AC2F48728B22C8BBEF28A75D570C30609D481DEF485E9499D4D8372AA6F09B7551A322ED78A793538DCA85526124A8A11BBEEFFA7E3774BFFA61EC3A7C884F6BA262823FB80C92A1513A38672AC951237E4CE4F519D091F1C09A0AD930AF8CAB1E98FD6C3CE3EDF3457972729DD9CD8923822F9C32B825B5ED7F0CAD143C33D902C20B2AF9C9942D1E16841253AE485DAFFB469D48972C89B7C3F3FE5A2927B341309C592F07B10FCB9A736E93CDBBC9643A5A786E14CCCF2C66DAAD1545F4CD14FF29864A064AFCBC91A6D5F2FF09EF6BA8A6CF9C62325EA84FFDD7420E0F6916929FC1713923FDCEE4BB10D9571D0C13A6BC21AEF1379AAC3436F89399D86BBCEBDAA76F68EDCB3B86AA0512A5B791640A91A4852A277D4F2D9AD1288B291CEAB0D5F878832C4F1E85DAAE0E56BB46F9505B202ABC89B14AFE0BDE093A69BF35274915D5D573CA8833FB2FABD47DAC525E634CB06E6E33DC8BCE9CEB72E0BCFAC587577F43368445D6124395511B2B690F9285C14C5B4E841883E68C27B2993F3468FAACA17FFABCCE9AD6CCD3E1F856F7D9AFD66E9EB7F5F9033DE20123');
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "settings" VALUES('theme','dark');
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX scans_newest ON scans (project_id, id DESC);
CREATE INDEX attestations_of ON attestations (project_id, check_id);
CREATE INDEX conversations_newest ON conversations (project_id, held_at DESC);
COMMIT;
PRAGMA user_version = 1;
