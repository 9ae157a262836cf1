-- +goose Up
-- By which an invitation is named where its address should not stand. The version before lets the default make it.
ALTER TABLE invitations ADD COLUMN invitation_id uuid NOT NULL DEFAULT gen_random_uuid()
    CONSTRAINT invitations_id_key UNIQUE;
