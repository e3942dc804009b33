-- Who works on a case, where that is not whoever opened it. Part of the derived table `cases`; a
-- token, emptied with the case.
ALTER TABLE cases ADD COLUMN assigned BYTEA;
