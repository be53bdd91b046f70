-- Splits the four large tables into parts by hash: see docs/scale.md. Stop everything first; it needs as much space again as they have.
--   psql -v ON_ERROR_STOP=1 --single-transaction -f partition.sql
-- Keys, columns and the names of indexes stay, so the program and its migrations do not notice.
DO $$
DECLARE
    big record;
    part int;
    definition text;
    definitions text[];
    key text;
BEGIN
    FOR big IN
        SELECT * FROM (VALUES ('changes', 'id', 16), ('raw_payloads', 'vendor_id', 16), ('memberships', 'id', 8), ('items', 'id', 8))
        AS wanted (name, split_by, parts)
    LOOP
        SELECT array_agg(indexdef) INTO definitions FROM pg_indexes
        WHERE schemaname = current_schema() AND tablename = big.name AND indexname <> 'pk_' || big.name;
        SELECT pg_get_constraintdef(oid) INTO key FROM pg_constraint
        WHERE conrelid = big.name::regclass AND contype = 'p';
        EXECUTE format('ALTER TABLE %I RENAME TO %I', big.name, big.name || '_whole');
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS) PARTITION BY HASH (%I)', big.name, big.name || '_whole', big.split_by);
        FOR part IN 0 .. big.parts - 1 LOOP
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS %s, REMAINDER %s) WITH (autovacuum_vacuum_scale_factor = 0.02)',
                big.name || '_' || part, big.name, big.parts, part);
        END LOOP;
        EXECUTE format('INSERT INTO %I SELECT * FROM %I', big.name, big.name || '_whole');
        EXECUTE format('DROP TABLE %I', big.name || '_whole');
        EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I %s', big.name, 'pk_' || big.name, key);
        FOREACH definition IN ARRAY coalesce(definitions, '{}') LOOP
            EXECUTE definition;
        END LOOP;
    END LOOP;
END $$;
