-- Runs the washing machine's socket in the cheapest three hours in a row before seven in the
-- morning. The prices come from a service on the internet, as a JSON list of { "start": seconds,
-- "price": number }, one for each hour. Without prices it runs at two.

local homey = require "homey"

homey.login()

local args = homey.args {
  url = { "text", default = "https://api.example.com/prices" },
  socket = { "device", default = "Bathroom/Washing machine" },
}
local length = 3 -- hours

local function fetch_prices()
  local answer = homey.fetch(args.url, { timeout = "20 s" })
  if answer.status ~= 200 then error("the price service answers " .. answer.status, 0) end
  return answer:json()
end

-- The start of the cheapest hours in a row, from now on until a moment.
local function cheapest(prices, last)
  local best, least
  for i = 1, #prices - length + 1 do
    local sum, first = 0, prices[i].start
    for j = i, i + length - 1 do sum = sum + prices[j].price end
    local fits = first > homey.now() - 600 and first + length * 3600 <= last
    if fits and not (least and least <= sum) then best, least = first, sum end
  end
  return best
end

homey.at("22:00", { missed = "run" }, function()
  local morning = homey.now() + 9 * 3600
  local prices, err = homey.try(fetch_prices)
  local start = prices and cheapest(prices, morning)
  if not start then
    homey.log("warning", ("no prices (%s): washing at two."):format(tostring(err or "none fit")))
    start = homey.now() + 4 * 3600
  end
  homey.log("info", "washing at " .. homey.date("%H:%M", start))
  homey.sleep(math.max(start - homey.now(), 0))
  args.socket:set("onoff", true, { within = "1 h" })
  homey.sleep(length * 3600)
  args.socket:set("onoff", false, { within = "1 h" })
end)

homey.run()
