-- Entries of a table that hold from now on.
--
-- KEYS  1 the table  2 versions of the tables
-- ARGV  1 the table's name  2 'say'; 'keep' for what is there to stay; 'forget' for entries to go
--       that are there as they are named  3… names, each with its entry
local changed = false
for i = 3, #ARGV, 2 do
  if ARGV[2] == 'forget' then
    if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then
      redis.call('HDEL', KEYS[1], ARGV[i])
      changed = true
    end
  elseif ARGV[2] == 'keep' then
    changed = redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1]) == 1 or changed
  else
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    changed = true
  end
end
if changed then
  -- By the time: a store that was emptied, too, has another one than before.
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
  local before = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0)
  redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f', math.max(now, before + 1)))
end
return 0
