-- A request is over.
--
-- KEYS  1 what runs  2 tokens of the day  3 of the month  4 of the minute
-- ARGV  1 this replica  2 requests that don't run any more  3 tokens that aren't reserved any more
--       4 tokens used here in the day  5 in the month  6 by this request
--       7 what has counted that
local DAY, MINUTE = 86400, 60
local me = ARGV[1]

local function give_back(field, count)
  if count > 0 and redis.call('HEXISTS', KEYS[1], field) == 1
      and redis.call('HINCRBY', KEYS[1], field, -count) <= 0 then
    redis.call('HDEL', KEYS[1], field)
  end
end

local function used(key, here, days)
  local before = tonumber(redis.call('HGET', key, ARGV[7]) or 0)
  if here > before then
    redis.call('HSET', key, ARGV[7], here)
    redis.call('HINCRBY', key, 'total', here - before)
    redis.call('EXPIRE', key, days * DAY)
  end
end

give_back('n:' .. me, tonumber(ARGV[2]))
give_back('t:' .. me, tonumber(ARGV[3]))
used(KEYS[2], tonumber(ARGV[4]), 2)
used(KEYS[3], tonumber(ARGV[5]), 40)
local tokens = tonumber(ARGV[6])
if tokens > 0 then
  local second = tonumber(redis.call('TIME')[1])
  local function last()
    return string.match(redis.call('LINDEX', KEYS[4], -1) or '', '(%d+):(%d+)')
  end
  local at, before = last()
  -- What is later than now is of before the store's time went back.
  while at and tonumber(at) > second do
    redis.call('RPOP', KEYS[4])
    at, before = last()
  end
  if at and tonumber(at) == second then
    redis.call('LSET', KEYS[4], -1, at .. ':' .. string.format('%.0f', before + tokens))
  else
    redis.call('RPUSH', KEYS[4], second .. ':' .. string.format('%.0f', tokens))
  end
  local oldest = redis.call('LINDEX', KEYS[4], 0)
  while oldest and tonumber(string.match(oldest, '%d+')) <= second - MINUTE do
    redis.call('LPOP', KEYS[4])
    oldest = redis.call('LINDEX', KEYS[4], 0)
  end
  redis.call('EXPIRE', KEYS[4], MINUTE)
end
return 0
