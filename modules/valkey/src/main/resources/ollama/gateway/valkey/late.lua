-- Requests that a replica has let in while it couldn't ask. The list stays in the order of time.
--
-- KEYS  1 times of requests
-- ARGV  1 the window in µs  2… how many µs ago each was
local AT_ONCE = 1000
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local window = tonumber(ARGV[1])
local times = {}
for _, at in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  times[#times + 1] = tonumber(at)
end
for i = 2, #ARGV do
  times[#times + 1] = now - tonumber(ARGV[i])
end
table.sort(times)
redis.call('DEL', KEYS[1])
local batch = {}
for i = 1, #times do
  if times[i] > now - window then
    batch[#batch + 1] = string.format('%.0f', times[i])
  end
  if #batch == AT_ONCE or (i == #times and #batch > 0) then
    redis.call('RPUSH', KEYS[1], unpack(batch))
    batch = {}
  end
end
redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
return 0
