-- Asks for one page again and again.
dofile("bench/report.lua")
