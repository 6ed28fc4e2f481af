-- One request asks all limits that hold for it, in the order of the gateway's gates. The first that
-- refuses ends it, and nothing of the later ones is reserved.
--
-- KEYS  where a limit of the key holds: 1 what runs  2 tokens of the day  3 of the month
--       4 of the minute  5 replicas, by when their leases end
--       the last: times of requests, where they are limited
-- ARGV  1 this replica  2 requests at most, 0 for no limit  3 in so many µs
--       4 running at most, 0 for no limit  5 tokens a minute, 6 a day, 7 a month, 0 for no limit
--       8 tokens to reserve  9 used here in the day  10 in the month
--       11 what has counted that
-- Answers: what came of it, requests left, µs until there are more, tokens reserved before,
--       used in the minute, seconds until fewer are, used in the day, in the month
local TOO_MANY_RUNNING, TOO_OFTEN, QUOTA_USED_UP, ADMITTED = 1, 2, 3, 4
local MINUTE = 60

local time = redis.call('TIME')
local second = tonumber(time[1])
local now = second * 1000000 + tonumber(time[2])
local me = ARGV[1]
local rate = KEYS[#KEYS]
local max, window, running_max = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local per_minute, per_day, per_month = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local estimate = tonumber(ARGV[8])
local costs = estimate > 0 and per_minute + per_day + per_month > 0

local left, reset = 0, 0
local reserved, in_minute, minute_reset, in_day, in_month = 0, 0, 0, 0, 0

local function answer(what)
  return { what, left, reset, reserved, in_minute, minute_reset, in_day, in_month }
end

-- What a replica whose lease has ended had running isn't any more.
local leases = { [me] = true }
local function is_alive(replica)
  if leases[replica] == nil then
    local ends = redis.call('ZSCORE', KEYS[5], replica)
    leases[replica] = ends and tonumber(ends) >= now / 1000 or false
  end
  return leases[replica]
end

local running = 0
if running_max > 0 or costs then
  local fields = redis.call('HGETALL', KEYS[1])
  for i = 1, #fields, 2 do
    if not is_alive(string.sub(fields[i], 3)) then
      redis.call('HDEL', KEYS[1], fields[i])
    elseif string.sub(fields[i], 1, 1) == 'n' then
      running = running + tonumber(fields[i + 1])
    else
      reserved = reserved + tonumber(fields[i + 1])
    end
  end
end
if running_max > 0 and running >= running_max then
  return answer(TOO_MANY_RUNNING)
end

local function time_at(index)
  return tonumber(redis.call('LINDEX', rate, index))
end

local function is_over(at)
  return at <= now - window
end

-- It is of before the store's time went back.
local function is_ahead(at)
  return at > now
end

-- The first of them goes, and what is behind it as far as that holds: it may be the most of them.
local function drop(goes)
  local gone, kept = 0, 1
  local at = time_at(kept)
  while at and goes(at) do
    gone = kept
    kept = 2 * kept
    at = time_at(kept)
  end
  while kept - gone > 1 do
    local middle = math.floor((gone + kept) / 2)
    at = time_at(middle)
    if at and goes(at) then
      gone = middle
    else
      kept = middle
    end
  end
  redis.call('LTRIM', rate, kept, -1)
end

if max > 0 then
  local oldest = time_at(0)
  while oldest and (is_over(oldest) or is_ahead(oldest)) do
    drop(is_over(oldest) and is_over or is_ahead)
    oldest = time_at(0)
  end
  local count = redis.call('LLEN', rate)
  reset = (oldest or now) + window - now
  if count >= max then
    return answer(TOO_OFTEN)
  end
  redis.call('RPUSH', rate, string.format('%.0f', now))
  redis.call('PEXPIRE', rate, math.ceil(window / 1000))
  left = max - count - 1
end

-- The sum of what ledgers have counted, each of which knows its own for sure.
local function total(key, used_here, days)
  local before = tonumber(redis.call('HGET', key, ARGV[11]) or 0)
  if used_here > before then
    redis.call('HSET', key, ARGV[11], used_here)
    redis.call('EXPIRE', key, days * 86400)
    return redis.call('HINCRBY', key, 'total', used_here - before)
  end
  return tonumber(redis.call('HGET', key, 'total') or 0)
end

if costs then
  in_day = total(KEYS[2], tonumber(ARGV[9]), 2)
  in_month = total(KEYS[3], tonumber(ARGV[10]), 40)
  local seconds = redis.call('LRANGE', KEYS[4], 0, -1)
  local used = {}
  for i = 1, #seconds do
    local at, tokens = string.match(seconds[i], '(%d+):(%d+)')
    if tonumber(at) > second - MINUTE and tonumber(at) <= second then
      used[#used + 1] = { at = tonumber(at), tokens = tonumber(tokens) }
      in_minute = in_minute + tonumber(tokens)
    end
  end
  -- When fewer are used than the limit; else when the oldest use leaves.
  local too_many = per_minute > 0 and in_minute >= per_minute and in_minute - per_minute + 1 or 1
  local gone = 0
  for i = 1, #used do
    gone = gone + used[i].tokens
    if gone >= too_many then
      minute_reset = used[i].at + MINUTE - second
      break
    end
  end
  local function is_used_up(limit, tokens)
    return limit > 0 and limit - tokens - reserved <= 0
  end
  if is_used_up(per_minute, in_minute)
      or is_used_up(per_day, in_day)
      or is_used_up(per_month, in_month) then
    return answer(QUOTA_USED_UP)
  end
  redis.call('HINCRBY', KEYS[1], 't:' .. me, estimate)
end
if running_max > 0 then
  redis.call('HINCRBY', KEYS[1], 'n:' .. me, 1)
end
if running_max > 0 or costs then
  redis.call('EXPIRE', KEYS[1], 86400)
end
return answer(ADMITTED)
