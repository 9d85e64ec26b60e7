--- Requests as the servers of the simulator and the page read them.
local cqueues = require "cqueues"
local h1 = require "http.h1_connection"
local request = require "homey.sim.http.request"
local socket = require "cqueues.socket"

-- Reads a request whose client calls `send`, which may wait. Returns it, and the seconds it took.
local function read(send, longest)
  local ours, theirs = socket.pair()
  local queue, req, took = cqueues.new(), nil, nil
  ours:setmode("b", "b")
  ours:onerror(function(_, _, code) return code end)
  theirs:onerror(function(_, _, code) return code end)
  queue:wrap(function()
    local began = cqueues.monotime()
    req = request.read(h1.new(ours, "server", 1.1), 10, 65536, longest)
    took = cqueues.monotime() - began
    ours:close()
  end)
  queue:wrap(function() send(theirs) end)
  assert(queue:loop())
  theirs:close()
  return req, took
end

describe("a request", function()
  it("is read whole", function()
    local req = read(function(client)
      client:xwrite("POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi", "bn")
    end, 5)
    assert.same({ "POST", "/a", "b", "x", "hi" },
      { req.method, req.path, req.query, req.host, req.body })
  end)

  for what, piece in pairs { header = "A: b\r\n", ["byte of a body"] = "x" } do
    it("that comes by one " .. what .. " at a time ends in its time", function()
      local head = "POST / HTTP/1.1\r\nHost: x\r\n"
      if what ~= "header" then head = head .. "Content-Length: 60000\r\n\r\n" end
      local req, took = read(function(client)
        client:xwrite(head, "bn")
        repeat cqueues.sleep(0.05) until not client:xwrite(piece, "bn")
      end, 0.5)
      assert.is_nil(req)
      assert.is_true(took >= 0.45, took)
    end)
  end
end)
