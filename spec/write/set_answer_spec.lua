-- Answers to a set, in every form that JSON allows, through the core.
local homey = require "homey"
local refused = require "spec.support.failure"
local web = require "spec.support.web"

local json = {
  "Content-Type: application/json", "X-Homey-ID: hub-1", "X-Homey-Version: 12.0.0",
}
local id = "11111111-2222-4333-8444-555555555555"
local lamp = homey.json.encode {
  id = id, name = "Lamp", available = true,
  capabilitiesObj = {
    dim = {
      id = "dim", type = "number", value = 0, min = 0, max = 1, getable = true, setable = true,
    },
  },
}

describe("the answer to a set", function()
  local server, home, reply

  setup(function()
    server = web.start(function(request)
      return { headers = json, body = request.method == "PUT" and reply or lamp }
    end)
    home = homey.new {
      address = "http://127.0.0.1:" .. server.port, token = "secret", plain_http = "allow",
      state_dir = false,
    }
  end)

  teardown(function()
    home:close()
    server:stop()
  end)

  local function value_after(body)
    reply = body
    local device = home:device(id):refresh()
    device:set("dim", 0.4)
    return device.capabilities.dim.value
  end

  for _, case in ipairs {
    { "has the value of the device", 0.41,
      '{"value":0.41,"transactionTime":1700000000000,"transactionId":"x"}',
      '{"transactionId":null,"transactionTime":1700000000000.5,"value":0.41}',
      ' { "transactionTime" : 1700000000000 , "value" : 0.41 } ',
      '{"value":0.41}', '{"value":0.41,"transactionTime":null}',
      '{"value":0.41,"transactionTime":-1}', '{"value":0.41,"transactionTime":"12"}',
      '{"value":0.3,"value":0.41,"transactionTime":1700000000000}',
      '{"value":0.41,"transactionTime":1700000000000,"more":{"value":[1]}}',
      '{"val\\u0075e":0.41,"transactionTime":1700000000000}' },
    { "may have no value of this type", 0.4,
      '{"value":"0.41","transactionTime":1700000000000}', '{"value":null}',
      '{"value":[0.41],"transactionTime":1700000000000}', '{"transactionTime":1700000000000}',
      "{}", "[]", "[0.41]", "true", "0.41", '"x"', "null" },
  } do
    it(case[1], function()
      for i = 3, #case do assert.equal(case[2], value_after(case[i]), case[i]) end
    end)
  end

  it("is refused when it is not valid JSON", function()
    for _, body in ipairs { '{"value":0.41,}', '{"value":0.41', '{"value":0.41}}' } do
      local err = refused(value_after, body)
      assert.equal("protocol", err.kind)
      assert.matches("not valid JSON", err.message)
    end
  end)

  it("belongs to a request with value, options and transaction", function()
    reply = "{}"
    home:device(id):set("dim", 0.25, { duration = 2 })
    local sent = server.requests[#server.requests]
    local body = homey.json.decode(sent.body)
    assert.matches("^homey%-lua%-", body.transactionId)
    body.transactionId = nil
    assert.same({ value = 0.25, opts = { duration = 2000 } }, body)
    assert.equal("/api/manager/devices/device/" .. id .. "/capability/dim", sent.path)
    assert.equal("application/json", sent.headers["content-type"])
  end)
end)
