-- One database for each service, made once when the server's volume is new.
CREATE DATABASE aep_registry;
CREATE DATABASE aep_events;
CREATE DATABASE aep_search;
CREATE DATABASE aep_notifications;
CREATE DATABASE aep_reports;
