-- Searches that found nothing: how many times in a month (its first day), in a territory ('' for everywhere), for which words. By nobody.
CREATE TABLE search_gaps (
    month DATE NOT NULL,
    territory TEXT NOT NULL,
    words TEXT NOT NULL,
    times INTEGER NOT NULL,
    PRIMARY KEY (month, territory, words)
);
