-- What a ledger has counted on a day, of which each row takes the place of the one before.
--
-- KEYS  1 its rows of that day  2 days of which it has rows  3 ledgers, by the last day of each
-- ARGV  1 the ledger  2 the day, since 1970  3 for how many days rows are kept
--       4… rows, each with what it has counted; none to say only that the ledger is there
local DAY = 86400
local now = tonumber(redis.call('TIME')[1])
local today = math.floor(now / DAY)
local day, keep = tonumber(ARGV[2]), tonumber(ARGV[3])
for i = 4, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
if #ARGV > 3 then
  -- A day that is long ago goes at once; one that a wrong clock has ahead, no later than others.
  redis.call('EXPIREAT', KEYS[1], math.min(day, today + 1) * DAY + (keep + 1) * DAY)
  redis.call('ZADD', KEYS[2], day, day)
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', today - keep - 1)
  redis.call('EXPIRE', KEYS[2], (keep + 2) * DAY)
end
redis.call('ZADD', KEYS[3], 'GT', math.max(today, math.min(day, today + 1)), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', today - keep - 1)
redis.call('EXPIRE', KEYS[3], (keep + 2) * DAY)
return 0
