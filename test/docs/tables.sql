-- An application's tables, without memreg, for the examples of docs/. The people are made up.
CREATE SCHEMA app;

CREATE TABLE app.member (
    member_id bigint PRIMARY KEY,
    email text NOT NULL,
    nickname text NOT NULL,
    district text,
    last_active_at timestamptz NOT NULL
);
CREATE TABLE app.answer (
    answer_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member_id bigint NOT NULL REFERENCES app.member ON DELETE CASCADE,
    answered_at timestamptz NOT NULL DEFAULT now(),
    body text NOT NULL
);
INSERT INTO app.member VALUES
    (1, 'aino@example.org', 'Saukko', 'Kallio', now() - interval '1 day'),
    (2, 'eino@example.org', 'Ilves', 'Malmi', now() - interval '9 months'),
    (3, 'helmi@example.org', 'Norppa', 'Kallio', now() - interval '1 month');
INSERT INTO app.answer (member_id, body) VALUES
    (1, 'The form was too long.'), (1, 'More signs, please.'), (3, 'Fine as it is.');

CREATE ROLE clerk;
CREATE ROLE researcher;
CREATE ROLE registrar;
GRANT USAGE ON SCHEMA app TO clerk, researcher, registrar;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA app TO clerk;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA app TO researcher;
