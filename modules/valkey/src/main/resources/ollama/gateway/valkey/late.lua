-- Requests that a replica has let in while it couldn't ask. The list stays in the order of time.
--
-- KEYS  1 times of requests
-- ARGV  1 the window in µs  2… how many µs ago each was
local AT_ONCE = 1000
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local window = tonumber(ARGV[1])
local times = {}
for i = 2, #ARGV do
  local at = now - tonumber(ARGV[i])
  if at > now - window then
    times[#times + 1] = at
  end
end
if #times == 0 then
  return 0
end
-- What came since the first of them is put back among them. All that was before stays: to write a
-- long list anew takes longer than anybody waits.
local first = math.huge
for i = 1, #times do
  first = math.min(first, times[i])
end
local taken
repeat
  taken = 0
  local last = redis.call('LRANGE', KEYS[1], -AT_ONCE, -1)
  while taken < #last and tonumber(last[#last - taken]) > first do
    times[#times + 1] = tonumber(last[#last - taken])
    taken = taken + 1
  end
  if taken > 0 then
    redis.call('LTRIM', KEYS[1], 0, -taken - 1)
  end
until taken < AT_ONCE
table.sort(times)
local batch = {}
for i = 1, #times do
  batch[#batch + 1] = string.format('%.0f', times[i])
  if #batch == AT_ONCE or i == #times then
    redis.call('RPUSH', KEYS[1], unpack(batch))
    batch = {}
  end
end
redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
return 0
