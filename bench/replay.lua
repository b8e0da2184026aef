-- Sends prepared requests, each once: REQUESTS is a file of them, separated by NUL, OFFSET where to begin.
local prepared, position = {}, tonumber(os.getenv("OFFSET"))

function init(args)
  local file = assert(io.open(os.getenv("REQUESTS"), "rb"))
  local all = file:read("*a")
  file:close()
  for one in string.gmatch(all, "([^%z]+)") do prepared[#prepared + 1] = one end
end

function request()
  position = position + 1
  return prepared[position] or error("all prepared requests are used up")
end
