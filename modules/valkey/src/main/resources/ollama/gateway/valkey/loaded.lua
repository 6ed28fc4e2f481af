-- A gateway has a server load a model no more.
--
-- KEYS  1 which gateway has the server load which model
-- ARGV  1 this replica  2 the model
local who, what = unpack(redis.call('HMGET', KEYS[1], 'r', 'm'))
if who == ARGV[1] and what == ARGV[2] then
  redis.call('DEL', KEYS[1])
end
return 0
