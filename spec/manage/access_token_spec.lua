-- Access tokens (API keys) of the hub: list, create, remove; the secret is shown once.
local failure = require "spec.support.failure"
local homey = require "homey"
local simulator = require "homey.sim"
local support = require "spec.support.sim"
local without_state = require "spec.support.without_state"

describe("an access token", function()
  local home

  before_each(function() home = simulator.home(nil, { quiet = true }) end)
  after_each(function() home:close() end)

  local wanted = { name = "Wall tablet", scopes = { "homey.device.readonly", "homey.flow.start" } }

  it("is created, listed and removed", function()
    local token, secret = home:create_access_token(wanted)
    assert.match("^[%x%-]+:[%x%-]+:%x+$", secret)
    assert.same({ "Wall tablet", wanted.scopes }, { token.name, token.scopes })
    local list = home:access_tokens()
    assert.same({ 1, token.id }, { #list, list[1].id })
    assert.match("access_token:remove{ confirm = true }", failure(token.remove, token).message, 1,
      true)
    list[1]:remove { confirm = true }
    assert.equal(0, #home:access_tokens())
  end)

  it("keeps its secret out of texts, fields, log and journal", function()
    local token, secret = home:create_access_token(wanted)
    local texts = { tostring(token) }
    for name, value in pairs(token) do texts[#texts + 1] = name .. tostring(value) end
    for _, entry in ipairs(home.journal:entries()) do
      for name, value in pairs(entry) do texts[#texts + 1] = name .. tostring(value) end
    end
    for _, line in ipairs(home.logged) do texts[#texts + 1] = line.text end
    for _, sent in ipairs(home.sent) do texts[#texts + 1] = tostring(sent) end
    assert.is_true(#texts > 4)
    for _, text in ipairs(texts) do assert.is_nil(text:find(secret, 1, true)) end
    assert.equal("create the access token 'Wall tablet'", home.journal:entries()[1].name)
  end)

  it("needs a name and scopes", function()
    assert.match("needs `name`", failure(home.create_access_token, home, { scopes = {} }).message)
    assert.match("needs `scopes`",
      failure(home.create_access_token, home, { name = "Tablet" }).message)
    assert.match("`scopes` takes a list of text",
      failure(home.create_access_token, home, { name = "Tablet", scopes = "homey" }).message)
    assert.equal(0, #home.sent)
  end)

  it("is not created in a dry run", function()
    home.dry_run = true
    assert.is_nil(home:create_access_token(wanted))
    home.dry_run = nil
    assert.equal(0, #home:access_tokens())
  end)
end)

describe("an access token over real sockets", function()
  local sim

  setup(function() sim = support.start() end)
  teardown(support.stop)

  it("logs in until it is removed", function()
    local lines = {}
    local options = { trace = function(line) lines[#lines + 1] = line end }
    for name, value in pairs(without_state(sim.options)) do options[name] = value end
    homey.login(options)
    local token, secret = homey.create_access_token { name = "Tablet", scopes = { "homey" } }
    homey.sleep(0.01)
    local trace = table.concat(lines, "\n")
    assert.match("/api/manager/users/pat", trace, 1, true)
    assert.is_nil(trace:find(secret, 1, true))
    local address = sim.pat_options.address
    local guest = homey.new(without_state { address = address, token = secret })
    assert.equal("Hall/Lamp", tostring(guest:device "Hall/Lamp"))
    local err = failure(guest.access_tokens, guest)
    assert.same({ "forbidden",
      "an API key cannot manage API keys: log in with the account of the hub's owner." },
      { err.kind, err.message })
    token:remove { confirm = true }
    assert.equal("unauthorized", failure(guest.zones, guest).kind)
    guest:close()
  end)
end)
