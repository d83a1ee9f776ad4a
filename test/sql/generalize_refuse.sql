-- What the functions of generalize refuse: how coarse it is to be, never a value.
CREATE EXTENSION memreg;
\i test/attempt.sql

-- Units
SELECT attempt(format('SELECT memreg.generalize_date(''1984-05-17'', %L)', unit))
  FROM unnest('{"",day,Month,"month ",months,century}'::text[]) AS unit;
SELECT attempt($$SELECT memreg.generalize_timestamp(timestamp '1984-05-17', 'day')$$);
SELECT attempt($$SELECT memreg.generalize_timestamp(timestamptz '1984-05-17', 'day')$$);
SELECT attempt($$SELECT memreg.generalize_date('infinity', 'day')$$);

-- Widths
SELECT attempt(format('SELECT memreg.age_band(''1984-05-17'', ''2024-05-17'', %s)', width))
  FROM unnest('{-2147483648,-1,0,1,200,201,2147483647}'::int[]) AS width;
SELECT attempt($$SELECT memreg.age_band('infinity', '2024-05-17', 0)$$);
SELECT attempt(format('SELECT memreg.generalize_number(1::%s, %L::%1$s)', type, width))
  FROM unnest('{int,bigint,numeric,float8}'::text[]) AS type, unnest('{-1,0,1}'::text[]) AS width;
SELECT attempt(format('SELECT memreg.generalize_number(1::%s, %L::%1$s)', type, width))
  FROM unnest('{numeric,float8}'::text[]) AS type, unnest('{NaN,Infinity,-Infinity}'::text[]) AS width;
SELECT attempt(format('SELECT memreg.number_band(1, %L)', width)) FROM unnest('{-1,0,1,NaN,Infinity,-Infinity}'::text[]) AS width;
SELECT attempt($$SELECT memreg.generalize_number('NaN'::numeric, 0)$$);
SELECT attempt($$SELECT memreg.generalize_number('NaN'::float8, 0)$$);
SELECT attempt($$SELECT memreg.number_band('NaN', 0)$$);

-- Digits, letters, bits
SELECT attempt(format('SELECT memreg.postal_area(''00100'', %s)', digits)) FROM unnest('{-1,0,1,5,6}'::int[]) AS digits;
SELECT attempt($$SELECT memreg.postal_area('', 0)$$);
SELECT attempt(format('SELECT memreg.first_letters(''Aino'', %s)', letters)) FROM unnest('{-1,0,1,2147483647}'::int[]) AS letters;
SELECT attempt(format('SELECT memreg.truncate_ip(%s, %s)', address, bits))
  FROM unnest(ARRAY['''192.0.2.1''::inet', '''192.0.2.1''::text', '''''::text']) AS address, unnest('{"-1, 0","0, -1","0, 0","32, 128","33, 128","32, 129"}'::text[]) AS bits;

-- NULL asks for nothing.
SELECT memreg.generalize_date('1984-05-17', NULL) IS NULL AS unit, memreg.age_band('1984-05-17', '2024-05-17', NULL) IS NULL AS width,
	   memreg.generalize_number(1, NULL) IS NULL AS width, memreg.truncate_ip('192.0.2.1'::inet, NULL) IS NULL AS bits;

-- The error tells nothing of the value, nor of what was taken for the granularity.
SELECT attempt($$SELECT memreg.first_letters('130200A9129', 0)$$);
SELECT attempt($$SELECT memreg.generalize_date('1984-05-17', '130200A9129')$$);

-- Everybody may call them.
CREATE ROLE clerk;
SET ROLE clerk;
SELECT memreg.generalize_date('1984-05-17', 'year'), memreg.canonical_email('Aino@example.org');
RESET ROLE;
