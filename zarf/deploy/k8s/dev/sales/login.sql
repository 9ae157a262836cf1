-- The migrations run as the owner, the service as a member of sales_app, as in production. For development only: the
-- password is no secret. Postgres runs this when it makes its data.
CREATE ROLE sales_app NOLOGIN;
CREATE ROLE sales LOGIN PASSWORD 'sales' IN ROLE sales_app;
