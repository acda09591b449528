-- What wrk sends: the requests of a file, by turns. Each of its lines is a client's address, a tab, and the body of a POST.
-- Ends with one line of JSON for wrk.mjs: the count, the time in seconds, quantiles in milliseconds, and what went wrong.
local requests = {}
local turn = 0

function init(args)
  for line in io.lines(args[1]) do
    local client, body = line:match("^([^\t]*)\t(.*)$")
    requests[#requests + 1] = wrk.format("POST", nil, {
      ["Host"] = "account.example.com",
      ["X-Forwarded-Proto"] = "https",
      ["CF-Connecting-IP"] = client,
      ["Content-Type"] = "application/json",
    }, body)
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('{"requests":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
