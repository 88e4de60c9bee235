DROP TABLE notices;
DROP TABLE subscriptions;
DROP TABLE subscribers;
DROP TABLE news_numbers;
DROP TABLE news;
