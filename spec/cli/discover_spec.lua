-- homey discover: the messages of mDNS. spec/oracle/mdns_spec.lua and spec/world/discover_scene.lua
-- have it in a network.
local Browser = require "homey.cli.discover.browser"
local dns_message = require "homey.cli.discover.dns_message"
local command = require "spec.support.command"

local function word(n) return string.char(math.floor(n / 256), n % 256) end

local function record(name, kind, data, class)
  return name .. word(kind) .. word(class or 1) .. "\0\0\0\120" .. word(#data) .. data
end

local function message(records, flags)
  return word(0) .. word(flags or 0x8400) .. word(0) .. word(#records) .. "\0\0\0\0"
    .. table.concat(records)
end

describe("a DNS message", function()
  it("asks for direct answers, with dots in the name of a service", function()
    assert.equal("\0\0\0\0\0\1\0\0\0\0\0\0" .. "\4My.h\6_homey\4_tcp\5local\0" .. "\0\33\128\1",
      dns_message.query { { name = "My\\.h._homey._tcp.local", type = "SRV" } })
  end)

  it("is read with pointers, and with the class bit of mDNS", function()
    local service = "\4My.H\6_homey\4_tcp\5local\0"
    local bytes = message {
      record("\6_homey\4_tcp\5local\0", 12, "\4My.H\192\12"),
      record(service, 33, "\0\0\0\0\0\80\3Hub\5local\0", 0x8001),
      record(service, 16, "\4id=a\3x=\5\4ID=b\3bad"),
      record("\3HUB\5local\0", 1, "\192\168\1\20"),
    }
    assert.same({
      { name = "_homey._tcp.local", label = "_homey", type = "PTR",
        target = "my\\.h._homey._tcp.local", target_label = "My.H" },
      { name = "my\\.h._homey._tcp.local", label = "My.H", type = "SRV", port = 80,
        target = "hub.local", target_label = "Hub" },
      { name = "my\\.h._homey._tcp.local", label = "My.H", type = "TXT",
        text = { id = "a", x = "\5" } },
      { name = "hub.local", label = "HUB", type = "A", address = "192.168.1.20" },
    }, dns_message.records(bytes))
  end)

  it("gives nothing where it is a query, cut off, or of another type or class", function()
    local a = record("\3hub\0", 1, "\1\2\3\4")
    assert.same({}, dns_message.records(message({ a }, 0)))
    assert.same({}, dns_message.records(message { record("\3hub\0", 28, ("\1"):rep(16)) }))
    assert.same({}, dns_message.records(message { record("\3hub\0", 1, "\1\2\3\4", 3) }))
    assert.same({}, dns_message.records(message { record("\3hub\0", 1, "\1\2\3") }))
    assert.same({}, dns_message.records(message { a:sub(1, -2) }))
    assert.equal(1, #dns_message.records(message { record("\3hub\0", 28, "\1"), a }))
  end)

  it("of pointers in a circle ends", function()
    assert.same({}, dns_message.records(message { record("\192\12", 1, "\1\2\3\4") }))
    assert.same({}, dns_message.records(message { record("\1a\192\12", 1, "\1\2\3\4") }))
  end)

  it("of any bytes raises no error", function()
    local whole = message {
      record("\6_homey\4_tcp\5local\0", 12, "\2My\192\12"),
      record("\2My\192\12", 33, "\0\0\0\0\0\80\3Hub\5local\0"),
      record("\2My\192\12", 16, "\4id=a"), record("\3Hub\192\24", 1, "\1\2\3\4"),
    }
    math.randomseed(7)
    for i = 1, 3000 do
      local bytes = whole:sub(1, i % 3 == 0 and math.random(#whole) or -1)
      for _ = 1, math.random(3) do
        local at = math.random(#bytes)
        bytes = bytes:sub(1, at - 1) .. string.char(math.random(0, 255)) .. bytes:sub(at + 1)
      end
      assert.is_true(#dns_message.records(bytes) <= 200)
    end
  end)
end)

describe("a DNS name", function()
  local function name_of(wire)
    return dns_message.records(message { record("\6_homey\4_tcp\5local\0", 12, wire) })[1]
  end

  it("is asked for as it was read, with dots and backslashes in its labels", function()
    for _, label in ipairs { "a\\", "\\", "\\\\.", ".", "..", "a\\.b\\", "\0", "\\046" } do
      local wire = string.char(#label) .. label .. "\3b\\c\5local\0"
      local query = dns_message.query { { name = name_of(wire).target, type = "A" } }
      assert.equal(wire, query:sub(13, -5))
    end
  end)

  it("of more than 255 bytes is none", function()
    local label = "\62" .. ("a"):rep(62)
    assert.is_table(name_of(label:rep(4) .. "\1a\0"))
    assert.is_nil(name_of(label:rep(4) .. "\2ab\0"))
    assert.is_nil(name_of(("\1\\"):rep(127) .. "\1a\0"))
  end)
end)

-- A browser that hears messages, and what it sends.
local function hearing(messages)
  local sent, n = {}, 0
  local socket = {
    send = function(_, bytes)
      sent[#sent + 1] = bytes
      return 1
    end,
    receive = function()
      n = n + 1
      return type(messages) == "function" and messages(n) or messages[n]
    end,
  }
  return setmetatable({ socket = socket, hubs = {}, count = 0, addresses = {}, address_count = 0 },
    Browser), sent
end

describe("the mDNS browser", function()
  it("splits questions about many services with long names", function()
    local messages, filler = {}, ("\63" .. ("x"):rep(63)):rep(2)
    for i = 1, 80 do
      local label = ("%02d"):format(i) .. ("\\"):rep(61)
      messages[i] = message { record("\6_homey\4_tcp\5local\0", 12,
        "\63" .. label .. "\6_homey\4_tcp\5local\0"),
        record("\63" .. label .. "\6_homey\4_tcp\5local\0", 33,
          "\0\0\0\0\0\80" .. filler .. "\63" .. label .. "\0") }
    end
    local browser, sent = hearing(messages)
    browser:search(0.4)
    assert.equal(64, browser.count)
    assert.is_true(#sent >= 4)
    for _, bytes in ipairs(sent) do assert.is_true(#bytes <= 9000) end
  end)

  it("ends while others flood it, and keeps a bounded number of addresses", function()
    local browser = hearing(function(n)
      return message { record("\8" .. ("%08d"):format(n) .. "\5local\0", 1, "\1\2\3\4") }
    end)
    for _ = 1, 20 do browser:search(0.05) end
    local count = 0
    for _ in pairs(browser.addresses) do count = count + 1 end
    assert.equal(1024, count)
  end)
end)

describe("homey discover", function()
  it("refuses a time without sense before it asks", function()
    local code, out, err = command.run({}, "discover", "--timeout", "0")
    assert.equal(2, code)
    assert.equal("", out)
    assert.matches("^homey discover: %-%-timeout takes a time from 500 ms to 60 s", err)
  end)
end)
