-- wrk: bind one SKY address after the other from the file that is the script's argument.
local threads = 0
function setup(thread)
  thread:set("place", threads)
  threads = threads + 1
end

function init(args)
  addresses = {}
  for line in io.lines(args[1]) do addresses[#addresses + 1] = line end
  next_one = place * math.floor(#addresses / 2)
  wrk.method = "POST"
  wrk.path = "/api/bind"
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  next_one = next_one % #addresses + 1
  return wrk.format(nil, nil, nil, '{"skyaddr":"' .. addresses[next_one] .. '","coin_type":"BTC"}')
end

function done(summary, latency, requests)
  local e = summary.errors
  print(string.format('RESULT {"requests":%d,"us":%d,"refused":%d,"broken":%d,"p50_us":%d,"p99_us":%d}',
    summary.requests, summary.duration, e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50), latency:percentile(99)))
end
