-- Posts an empty form to one address.
dofile("bench/report.lua")
wrk.method = "POST"
