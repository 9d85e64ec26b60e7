--- homey.fetch, poll and lines in virtual time: home:web and home:file.
local sim = require "homey.sim"
local try = require "homey.task.try"

local prices = "https://api.example.com/prices"

describe("home:web", function()
  local home

  before_each(function() home = sim.home(nil, { quiet = true }) end)
  after_each(function() home:close() end)

  it("answers a fetch after its delay", function()
    home:web {
      [prices] = { json = { 1, 2 }, delay = "3 s", headers = { ["X-Rate"] = "9" } },
      ["http://localhost/x"] = {
        status = 404, body = "no", headers = { ["Set-Cookie"] = { "a", "b" } },
      },
    }
    local began = home:date()
    local reply = home.homey.fetch(prices)
    assert.equal("2026-01-01 00:00:00", began)
    assert.equal("2026-01-01 00:00:03", home:date())
    assert.same({ 1, 2 }, reply:json())
    assert.equal("9", reply.headers["x-rate"])
    assert.equal("application/json", reply.headers["content-type"])
    assert.equal(prices, reply.url)
    reply = home.homey.fetch "http://me:secret@localhost/x"
    assert.equal(404, reply.status)
    assert.equal("no", reply.body)
    assert.equal("a\nb", reply.headers["set-cookie"])
    assert.equal("http://localhost/x", reply.url)
  end)

  it("lets a function answer, for every query", function()
    local asked = {}
    home:web { [prices] = function(request)
      asked[#asked + 1] = request
      return { status = 201, body = request.url:match "day=(%d+)" }
    end }
    local options = { json = { a = 1 }, headers = { ["X-A"] = 5 } }
    local reply = home.homey.fetch(prices .. "?day=7", options)
    assert.equal(201, reply.status)
    assert.equal("7", reply.body)
    assert.equal("POST", asked[1].method)
    assert.equal('{"a":1}', asked[1].body)
    assert.equal("5", asked[1].headers["x-a"])
    home:web { [prices .. "?day=8"] = { body = "listed" } }
    assert.equal("listed", home.homey.fetch(prices .. "?day=8").body)
  end)

  it("fails as a server does", function()
    home:web {
      ["https://a.example/"] = { kind = "network" }, ["https://b.example/"] = { delay = "1 min" },
      ["https://c.example/"] = { body = "12345" },
      ["https://d.example/"] = { kind = "tls", message = "no." },
    }
    local function failure(url, options)
      local _, err = try(home.homey.fetch, url, options)
      return err.kind .. ": " .. err.message
    end
    assert.equal("network: a.example cannot be reached.", failure "https://a.example/")
    assert.equal("timeout: b.example did not answer in time.", failure "https://b.example/")
    assert.equal("2026-01-01 00:00:30", home:date())
    assert.matches("^protocol: c.example sent a reply larger",
      failure("https://c.example/", { max = 4 }))
    assert.equal("tls: no.", failure "https://d.example/")
  end)

  it("ends the test at a URL that is not listed, even if the error is caught", function()
    home:web { [prices] = {} }
    home:every("1 h", function() try(home.homey.fetch, "https://api.example.com/other?x=1") end)
    local _, err = try(home.advance, home, "61 min")
    assert.equal("invalid", err.kind)
    assert.equal("the test has no reply for GET https://api.example.com/other?x=1. Add one: "
      .. "home:web{ [\"https://api.example.com/other?x=1\"] = { json = {} } }", err.message)
    home:settle() -- said once
    _, err = try(home.homey.fetch, "https://api.example.com/third")
    assert.matches("the test has no reply for GET https://api.example.com/third", err.message)
    home:settle() -- the test was told
  end)

  it("lets other tasks run while a reply is awaited, and cancels", function()
    home:web { [prices] = { delay = "10 s", body = "x" } }
    local log = {}
    local task = home:spawn(function() log[1] = home.homey.fetch(prices).body end)
    local given_up = home:spawn(function() home.homey.fetch(prices) end)
    home:advance "9 s"
    given_up:cancel()
    assert.equal("cancelled", given_up.status)
    assert.same({}, log)
    home:advance "2 s"
    assert.same({ "x" }, log)
    assert.equal("done", task.status)
  end)

  it("refuses what it cannot answer with, by name", function()
    local function refusal(pages)
      local _, err = try(home.web, home, pages)
      return err.message
    end
    assert.matches("home:web takes a table such as", refusal "x")
    assert.matches("takes replies by URL; 'prices' is none", refusal { prices = {} })
    assert.matches("the reply of 'https://api.example.com/prices' has no option 'jsn'",
      refusal { [prices] = { jsn = 1 } })
    assert.matches("`status` takes a whole number from 100 to 599",
      refusal { [prices] = { status = 1 } })
  end)
end)

describe("home:file", function()
  local home

  before_each(function() home = sim.home(nil, { quiet = true }) end)
  after_each(function() home:close() end)

  it("is a pipe that the test feeds", function()
    local pipe, lines = home:file(), {}
    local next_line = home.homey.lines(pipe)
    local task = home:spawn(function()
      local line = next_line()
      while line do
        lines[#lines + 1] = line
        line = next_line()
      end
    end)
    pipe:feed "one\ntw"
    assert.same({ "one" }, lines)
    pipe:feed "o\nrest"
    assert.same({ "one", "two" }, lines)
    pipe:finish()
    assert.same({ "one", "two", "rest" }, lines)
    assert.equal("done", task.status)
  end)

  it("is polled, for a time", function()
    local pipe, poll = home:file(), home.homey.poll
    assert.equal("w", poll(pipe, "rw"))
    assert.is_false(poll(pipe, "r", "5 s"))
    assert.equal("2026-01-01 00:00:05", home:date())
    local task = home:spawn(poll, pipe, "r")
    local late = home:spawn(poll, pipe, "r", "1 min")
    local given_up = home:spawn(poll, pipe)
    given_up:cancel()
    home:advance "2 min"
    assert.is_false(late:wait())
    pipe:feed "x"
    assert.equal("r", task:wait())
    assert.equal("rw", poll(pipe, "rw"))
  end)

  it("keeps what the automation writes", function()
    local pipe = home:file()
    assert.equal("w", home.homey.poll(pipe, "w"))
    pipe:write("on", 1, "\n"):flush()
    pipe:close()
    assert.equal("on1\n", pipe.written)
    assert.is_true(pipe.closed)
    local _, err = try(home.homey.poll, pipe)
    assert.matches("closed", err.message)
    _, err = try(pipe.read, pipe)
    assert.matches("by homey.lines, not by file:read", err.message)
  end)

  it("is what io.popen returns in a script", function()
    local path = os.tmpname()
    local script = assert(io.open(path, "w"))
    script:write [[
      local homey = require "homey"
      local lamp = homey.device "Hall/Lamp"
      local next_line = homey.lines(io.popen "mosquitto_sub -t door")
      local out = require("io").popen("mosquitto_pub -l -t lamp", "w")
      local line = next_line()
      while line do
        lamp:set("onoff", line == "open")
        out:write(line, "\n")
        line = next_line()
      end
    ]]
    script:close()
    local sub, pub = home:file "mosquitto_sub -t door", home:file "mosquitto_pub -l -t lamp"
    home:load(path)
    os.remove(path)
    sub:feed "open\n"
    assert.is_true(home:device("Hall/Lamp"):get "onoff")
    assert.equal("open\n", pub.written)
  end)

  it("is the only file that is waited for", function()
    local _, err = try(home.homey.poll, io.stdin)
    assert.equal("invalid", err.kind)
    assert.equal("a home in virtual time waits for no file or socket of the machine. Make one in "
      .. "the test with home:file.", err.message)
    _, err = try(home.file, home, 5)
    assert.matches("home:file takes a command", err.message)
  end)
end)
