-- A gateway wants slots of a server: all gateways together get no more than there are.
--
-- One load at a time is under way at a server, of whichever gateway.
--
-- KEYS  1 slots of the server and its model, by gateway  2 replicas, by when their leases end
--       3 which gateway has the server load which model
-- ARGV  1 this replica  2 how many it wants to have in all  3 how many there are
--       4 the model, where the server has to load it for that; else empty
-- Answers: how many it has got, besides those that it had
local LOAD_S = 600
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local me = ARGV[1]
local loads = ARGV[4] ~= ''
if loads then
  local who, what = unpack(redis.call('HMGET', KEYS[3], 'r', 'm'))
  local ends = who and who ~= me and redis.call('ZSCORE', KEYS[2], who)
  if ends and tonumber(ends) >= now then
    if what ~= ARGV[4] then
      return 0
    end
    loads = false
  end
end
local mine, theirs = 0, 0
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  if fields[i] == me then
    mine = tonumber(fields[i + 1])
  else
    local ends = redis.call('ZSCORE', KEYS[2], fields[i])
    if ends and tonumber(ends) >= now then
      theirs = theirs + tonumber(fields[i + 1])
    else
      redis.call('HDEL', KEYS[1], fields[i])
    end
  end
end
local more = math.min(tonumber(ARGV[2]), tonumber(ARGV[3]) - theirs) - mine
if more <= 0 then
  return 0
end
redis.call('HSET', KEYS[1], me, mine + more)
redis.call('EXPIRE', KEYS[1], 86400)
if loads then
  redis.call('HSET', KEYS[3], 'r', me, 'm', ARGV[4])
  redis.call('EXPIRE', KEYS[3], LOAD_S)
end
return more
