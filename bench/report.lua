-- Prints what wrk saw as one line of JSON; the scripts beside this file end with it.
function done(summary, latency, requests)
  local faults = summary.errors
  io.write(string.format(
    '{"answers": %d, "seconds": %.6f, "p95_ms": %.3f, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(95) / 1e3, faults.status,
    faults.connect + faults.read + faults.write + faults.timeout))
end
