-- wrk's script: sends the requests of a file in turn. Each line of the file is a client's address, a tab, and the body of a POST.
-- Prints at its end one line of JSON for wrk.mjs: the count, the time in microseconds, the number of each latency in wrk's statistics,
-- and the errors. wrk has corrected these latencies (wrk_latency.mjs undoes that).
local ffi = require("ffi")

-- src/stats.h of wrk 4.1. wrk's own function returns one value and searches from the first each time.
ffi.cdef("typedef struct { uint64_t count, limit, min, max; uint64_t data[]; } rekey_latencies;")

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

local function counted(latency)
  local pairs_of = {}
  local kept = ffi.cast("rekey_latencies **", latency)[0]
  assert(kept.min == latency.min and kept.max == latency.max, "this wrk stores its latencies differently from wrk 4.1")
  for value = latency.min, latency.max do
    if kept.data[value] > 0 then
      pairs_of[#pairs_of + 1] = string.format("[%d,%d]", value, tonumber(kept.data[value]))
    end
  end
  return table.concat(pairs_of, ",")
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('{"requests":%d,"microseconds":%d,"latencies":[%s],"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration, summary.requests > 0 and counted(latency) or "", errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
