-- For wrk: posts the lines of a file, one after the other, again and again.
local requests = {}
local last = 0

function init(args)
  for line in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("POST", nil, nil, line)
  end
end

function request()
  last = last % #requests + 1
  return requests[last]
end
