-- Whether the folder of a start holds nothing but what is made up: the same at every start.
ALTER TABLE start ADD COLUMN demo BIGINT NOT NULL DEFAULT 0;
