-- Finalizers of a program that use the core, run by the garbage collector during any call. Runs
-- under the sanitizers and not under Valgrind, where constant collection takes minutes.
local core = require "homey.core"
local each_collection = require "spec.support.at_every_collection"
local realtime = require "spec.support.realtime"

local got, wait, operation = realtime.got, realtime.wait, realtime.operation
local slow = realtime.slow
local newproxy = rawget(_G, "newproxy")

-- The same, but the function that stops raises the error.
local function at_every_collection(f)
  local stop = each_collection(f)
  return function()
    local runs, trouble = stop()
    if trouble then error(trouble, 0) end
    return runs
  end
end

-- New settings apply from the next full collection on.
local function tune(pause, multiplier, step)
  if _VERSION == "Lua 5.4" then
    collectgarbage("incremental", pause, multiplier, step)
  else
    collectgarbage("setpause", pause)
    collectgarbage("setstepmul", multiplier)
  end
  collectgarbage()
end

-- Constant collection: each cycle starts where the last one ended. With a lower pause 5.3 and 5.4
-- do a full cycle at each allocation.
local function hurry() tune(100, 400, 10) end

-- A collector that does all its work at each step: slow, so for one call only.
local function stop_the_world()
  -- in 5.1 zero means no limit
  tune(1, _VERSION == "Lua 5.4" and 1000 or _VERSION == "Lua 5.1" and 0 or 100000000, 63)
end

local function calm() tune(200, _VERSION == "Lua 5.4" and 100 or 200, 13) end

local modes = { ["in small steps"] = hurry }
if _VERSION == "Lua 5.4" then
  modes["by generations"] = function() collectgarbage("generational", 2, 5) end
end

local MANY = 3000 -- items: reading all of them causes several collections
local big = {}
for i = 1, MANY do
  big[i] = ('{"id":"%d","name":"device \\u00e9 %d","list":[%d,{"a":[]}],"text":"%s"}')
    :format(i, i, i, ("x"):rep(i % 300))
end
big = "[" .. table.concat(big, ",") .. "]"

describe("a user's finalizer", function()
  local hub, loop, client

  before_each(function()
    hub, loop = realtime.start()
    hub.on_request = function() return "200 OK", big end
    client = realtime.login()
  end)

  after_each(function()
    calm()
    realtime.stop()
    hub, loop, client = nil, nil, nil
  end)

  -- Steps until a number of calls are answered, and reads none of the answers.
  local function gather(count)
    local quiet = 0
    local till = loop:now() + 60 * slow
    while quiet < 20 do
      assert(loop:now() < till, "waited in vain")
      hub:turn()
      loop:wait(0.005)
      quiet = hub:count "^/api/" >= count and quiet + 1 or 0
    end
  end

  for mode, begin in pairs(modes) do
    it("may read answers during a read, in mode " .. mode, function()
      local ids, taken = {}, {}
      for i = 1, 6 do
        local part = i % 2 == 0 and { only = { ["*"] = { id = true } } } or nil
        ids[i] = assert(client:request("GET", "/api/" .. i, nil, part))
      end
      gather(6)
      local function take()
        local id, value, kind, message = loop:next()
        if not id then return false end
        assert.is_nil(taken[id], "answered twice")
        taken[id] = value or { kind, message }
        return true
      end
      begin()
      local done = at_every_collection(take)
      while take() do end
      local runs = done()
      calm()
      assert.is_true(runs > 0, "no finalizer ran")
      for i, id in ipairs(ids) do
        assert.equal(MANY, #taken[id], i)
        assert.equal(tostring(MANY), taken[id][MANY].id)
        assert.equal(i % 2 == 1, taken[id][MANY].text ~= nil)
      end
    end)

    it("may close the loop during a read, in mode " .. mode, function()
      local id = assert(client:request("GET", "/api/1"))
      gather(1)
      begin()
      local done = at_every_collection(function() loop:close() end)
      local first, value = loop:next()
      assert.is_true(done() > 0, "no finalizer ran")
      calm()
      assert.equal(id, first)
      assert.equal(MANY, #value)
      assert.is_nil((loop:next()))
    end)

    it("may clear the options during a read, in mode " .. mode, function()
      for _ = 1, 10 do
        local options = {
          address = hub.address, token = ("p"):rep(100), headers = {}, connect_to = {},
        }
        for i = 1, 20 do options.headers[i] = ("X-%d: %s"):format(i, ("v"):rep(i * 10)) end
        local request = { operation = ("o"):rep(60), manager = ("m"):rep(60), args = {} }
        begin()
        local done = at_every_collection(function()
          for i in pairs(options.headers or {}) do options.headers[i] = false end
          for name in pairs(options) do options[name] = nil end
          for name in pairs(request) do request[name] = nil end
          for i = 1, 50 do assert(("z"):rep(90) .. i) end
        end)
        local ok, own = pcall(loop.client, loop, options)
        if ok and own then
          pcall(own.request, own, "GET", "/api/1", { a = { b = 1 } }, request)
          own:close()
        end
        done()
        calm()
      end
    end)
  end

  it("may close the client while it sends", function()
    local request = {
      operation = "putIt", manager = "homey:manager:x", args = { text = ("y"):rep(3000) },
    }
    local body, closed = core.decode(big), 0
    for _ = 1, 2 do
      local own = assert(loop:client { address = hub.address, token = "pat" })
      local close, put = own.close, own.request
      stop_the_world()
      local done = at_every_collection(function() close(own) end)
      local id, kind
      for _ = 1, 100 do -- only this makes garbage
        id, kind = put(own, "PUT", "/api/1", body, request)
        if not id then break end
      end
      calm()
      done()
      if not id then
        assert.equal("cancelled", kind)
        closed = closed + 1
      end
    end
    assert.is_true(closed > 0, "no finalizer ran in time")
  end)

  it("that raises leaves the answer in place", function()
    hub.on_request = function() return "200 OK", '{"small":[1,2,{}]}' end
    local id = assert(client:request("GET", "/api/1"))
    gather(1)
    local function raise() error("mine", 0) end
    local take = loop.next
    local function attempt()
      if newproxy then
        getmetatable(newproxy(true)).__gc = raise
      else
        setmetatable({}, { __gc = raise })
      end
      return take(loop)
    end
    stop_the_world()
    local ok, first, value = pcall(attempt) -- raises, except on 5.4, which prints a warning
    calm()
    if not ok then first, value = loop:next() end
    assert.same({ id, { small = { 1, 2, {} } } }, { first, value })
  end)

  it("may use a home during events", function()
    local id = assert(client:subscribe "homey:device:1")
    wait(function() return got(id)[1] end)
    local runs = 0
    local done = at_every_collection(function()
      runs = runs + 1
      if runs > 20 then return end
      loop:cancel(assert(client:subscribe "homey:device:2"))
      loop:cancel(operation "getIt")
    end)
    local part = "[" .. ('{"a":[1,2,3]},'):rep(1000) .. "0]"
    tune(110, 400, 13)
    for n = 1, 5 do
      hub.cq:wrap(function()
        hub.sockets[1]:event("homey:device:1", "capability", ('{"n":%d,"all":%s}'):format(n, part))
      end)
      wait(function() return got(id)[n + 1] end, 20)
    end
    calm()
    assert.is_true(done() > 0, "no finalizer ran")
    assert.equal(5, got(id)[6][2].n)
  end)
end)
