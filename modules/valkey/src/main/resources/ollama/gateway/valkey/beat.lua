-- A replica says that it is there, tells its news, and hears those of the others.
--
-- KEYS  1 replicas, by when their leases end  2 news  3 versions of the tables
-- ARGV  1 this replica  2 its lease in ms  3 the last news that it has heard, if any  4 how many it wants
--       5… its own
-- Answers: whether it was known, the time in ms, the replicas, versions of keys and of drains, and
--       news, each with its number, its replica and its text
local NEWS_MS = 15000
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. string.format('%.0f', now))
local known = redis.call('ZSCORE', KEYS[1], ARGV[1]) and 1 or 0
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), ARGV[1])
local oldest = string.format('%.0f', now - NEWS_MS)
for i = 5, #ARGV do
  redis.call('XADD', KEYS[2], 'MINID', '~', oldest, '*', 'r', ARGV[1], 'n', ARGV[i])
end
redis.call('PEXPIRE', KEYS[2], 4 * NEWS_MS)
local since = ARGV[3] == '' and oldest or ARGV[3]
local heard = redis.call('XRANGE', KEYS[2], '(' .. since, '+', 'COUNT', ARGV[4])
local news = {}
for i = 1, #heard do
  news[#news + 1] = heard[i][1]
  news[#news + 1] = heard[i][2][2]
  news[#news + 1] = heard[i][2][4]
end
return {
  known,
  now,
  redis.call('ZRANGE', KEYS[1], 0, -1),
  tonumber(redis.call('HGET', KEYS[3], 'keys') or 0),
  tonumber(redis.call('HGET', KEYS[3], 'drains') or 0),
  news,
}
