-- Lets invitees answer in turn: each comes, and declines when the turn comes round again.
dofile("bench/report.lua")

local paths, at, round = {}, 0, 1
local replies = { "accepted", "declined" }
local headers = { ["Content-Type"] = "application/x-www-form-urlencoded" }

for path in io.lines(os.getenv("BENCH_PATHS")) do
  paths[#paths + 1] = path
end

function request()
  at = at + 1
  if at > #paths then
    at, round = 1, 3 - round
  end
  return wrk.format("POST", paths[at], headers, "reply=" .. replies[round])
end
