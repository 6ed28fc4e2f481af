-- A gateway gives slots back.
--
-- KEYS  1 slots of the server and its model, by gateway
-- ARGV  1 this replica  2 how many
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1
    and redis.call('HINCRBY', KEYS[1], ARGV[1], -ARGV[2]) <= 0 then
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return 0
