-- Bookings for wrk: every one by a new customer, for a slot drawn at random between two numbers.
-- Arguments: org, first slot, last slot, a word that no other run uses.

local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("thread_number", threads)
end

function init(args)
  path = "/api/v1/" .. args[1] .. "/bookings"
  first, last, run = tonumber(args[2]), tonumber(args[3]), args[4]
  number = 0
  math.randomseed(thread_number * 7919 + #run)
end

local head = { ["Content-Type"] = "application/json" }

function request()
  number = number + 1
  local body = string.format(
    '{"slot":"01900000-0000-7000-8000-%012x","party":2,"customer":{"name":"Rosa Field",'
      .. '"email":"rosa-%s-%d-%d@example.org"}}',
    math.random(first, last), run, thread_number, number)
  return wrk.format("POST", path, head, body)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"answered":%d,"failed":%d,"seconds":%.6f}\n',
    summary.requests,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration / 1e6))
end
