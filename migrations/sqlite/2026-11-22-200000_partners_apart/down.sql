DROP TABLE organisations_apart;
