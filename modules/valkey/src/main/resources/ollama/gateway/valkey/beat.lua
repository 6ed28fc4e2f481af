-- A replica says that it is there, tells its news, and hears those of the others.
--
-- KEYS  1 replicas, by when their leases end  2 news  3 versions of the tables
-- ARGV  1 this replica  2 its lease in ms  3 the last news that it has heard, empty at first
--       4 how many it wants  5… its own
-- Answers: whether it was known, the time in ms, the replicas, versions of keys and of drains, and
--       news, each with its number, its replica and its text
local NEWS_MS = 15000
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local ends = redis.call('ZSCORE', KEYS[1], ARGV[1])
local known = ends and tonumber(ends) >= now and 1 or 0
-- First of all that is written, since a store without room refuses it only there.
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. string.format('%.0f', now))
-- The store's time has gone back: whoever lives says so again.
redis.call('ZREMRANGEBYSCORE', KEYS[1], string.format('%.0f', now + 10 * ARGV[2]), '+inf')
local oldest = string.format('%.0f', now - NEWS_MS)
for i = 5, #ARGV do
  redis.call('XADD', KEYS[2], '*', 'r', ARGV[1], 'n', ARGV[i])
end
redis.call('XTRIM', KEYS[2], 'MINID', '~', oldest)
redis.call('PEXPIRE', KEYS[2], 4 * NEWS_MS)
local since = ARGV[3]
if since ~= '' and tonumber(string.match(since, '^%d+')) > now then
  -- It was another store's, or of before the time went back.
  since = ''
end
since = since == '' and oldest or '(' .. since
local heard = redis.call('XRANGE', KEYS[2], since, '+', 'COUNT', ARGV[4])
local news = {}
for i = 1, #heard do
  news[#news + 1] = heard[i][1]
  news[#news + 1] = heard[i][2][2]
  news[#news + 1] = heard[i][2][4] or ''
end
return {
  known,
  now,
  redis.call('ZRANGE', KEYS[1], 0, -1),
  tonumber(redis.call('HGET', KEYS[3], 'keys') or 0),
  tonumber(redis.call('HGET', KEYS[3], 'drains') or 0),
  news,
}
