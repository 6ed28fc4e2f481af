-- A gateway wants slots of a server: all gateways together get no more than there are.
--
-- KEYS  1 slots of the server and its model, by gateway  2 replicas, by when their leases end
-- ARGV  1 this replica  2 how many it wants to have in all  3 how many there are
-- Answers: how many it has got, besides those that it had
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local me = ARGV[1]
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
return more
