-- Options of a request that change where and how it goes: server, content_type, anonymous.
local core = require "homey.core"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"

describe("a request of the core", function()
  local sim, loop, client

  setup(function() sim = support.start() end)

  teardown(function()
    support.stop()
    logins.tidy()
  end)

  before_each(function()
    sim:reset_log()
    loop = core.loop()
    client = assert(loop:client(sim.pat_options))
  end)

  after_each(function() loop:close() end)

  local function answer(id)
    while true do
      loop:wait(30)
      for each, value, kind, message, status in loop.next, loop do
        if each == id then return value, kind, message, status end
      end
    end
  end

  for _, case in ipairs {
    { "a content type without a body", "POST", nil, { content_type = "text/plain" } },
    { "a number for a content type", "POST", "x", { content_type = 5 } },
    { "an unknown server", "GET", nil, { server = "moon" } },
  } do
    it("refuses " .. case[1], function()
      assert.has_error(function() client:request(case[2], "/x", case[3], case[4]) end)
    end)
  end

  for _, case in ipairs {
    { "an empty content type", "x", { content_type = "" }, "content type must" },
    { "a content type with a line end", "x", { content_type = "text/plain\r\nX: y" },
      "content type must" },
    { "a content type for the cloud", "x", { content_type = "text/plain", server = "cloud" },
      "Only the hub takes" },
    { "no token for the cloud", nil, { anonymous = true, server = "cloud" },
      "Only the hub takes" },
  } do
    it("answers `invalid` for " .. case[1], function()
      local id, kind, message = client:request("POST", "/x", case[2], case[3])
      assert.is_nil(id)
      assert.equal("invalid", kind)
      assert.matches(case[4], message)
    end)
  end

  it("sends a body of another type as it is", function()
    answer(client:request("POST", "/api/manager/devkit/", "a=1\0b", {
      content_type = "multipart/form-data; boundary=x",
    }))
    local sent
    for _, entry in ipairs(sim:log()) do
      if entry.method == "POST" then sent = entry end
    end
    assert.equal("multipart/form-data; boundary=x", sent.headers["content-type"])
    assert.equal("a=1\0b", sent.body)
  end)

  it("sends no token when it is anonymous, and renews none", function()
    local _, kind, _, status = answer(client:request("GET", "/api/manager/zones/zone", nil, {
      anonymous = true,
    }))
    assert.equal("unauthorized", kind)
    assert.equal(401, status)
    assert.is_table((answer(client:request("GET", "/api/manager/zones/zone"))))
    local with = {}
    for _, entry in ipairs(sim:log()) do
      if entry.path == "/api/manager/zones/zone" then
        with[#with + 1] = entry.headers.authorization ~= nil
      end
    end
    assert.same({ false, true }, with)
  end)
end)
