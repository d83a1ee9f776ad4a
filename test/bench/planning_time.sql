-- Microseconds that the planner takes for a statement, the hook included: what the fastest tenth of so many plannings
-- take at most, as what else goes on can only make one slower. By the server's own clock, around the planner alone:
-- neither parsing, nor printing the plan, nor a client is in it.
CREATE FUNCTION bench.planning_time(statement text, times int) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	planned json;
	taken numeric[];
BEGIN
	FOR n IN 1..times LOOP
		EXECUTE 'EXPLAIN (SUMMARY, COSTS OFF, FORMAT JSON) ' || statement INTO planned;
		taken := taken || (planned->0->>'Planning Time')::numeric * 1000;
	END LOOP;
	RETURN (SELECT percentile_cont(0.1) WITHIN GROUP (ORDER BY time) FROM unnest(taken) time);
END
$$;
