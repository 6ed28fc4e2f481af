-- Requests that a replica has let in while it couldn't ask.
--
-- KEYS  1 times of requests
-- ARGV  1 the window in µs  2… how many µs ago each was
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local window = tonumber(ARGV[1])
for i = 2, #ARGV do
  if tonumber(ARGV[i]) < window then
    redis.call('RPUSH', KEYS[1], string.format('%.0f', now - ARGV[i]))
    redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
  end
end
return 0
