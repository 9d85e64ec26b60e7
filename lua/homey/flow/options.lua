-- Option tables of flows: what home:create_flow, flow:change and home:create_folder take.

local format = require "homey.util.format"

local rows = {} ---@type table<string, homey.OptionRows>

-- A card in a flow: its id or title, a table of these and of the arguments, or a card.
local function check_card(value)
  if type(value) == "string" or type(value) == "table" then return value end
  return nil, ("takes a card such as { \"Turn on\", { device = lamp } }, not %s."):format(
    format(value))
end

local function check_cards(value)
  local is_list = type(value) == "table" and getmetatable(value) == nil
  for key, each in pairs(is_list and value or {}) do
    is_list = is_list and type(key) == "number"
      and (type(each) == "table" or type(each) == "string")
  end
  if is_list then return value end
  return nil, ("takes a list of cards such as { { \"Turn on\", { device = lamp } } }, not %s.")
    :format(format(value))
end

rows.flow_card = {
  what = "a card of a flow", class = "homey.FlowCard",
  example = "{ \"Turn on\", { device = lamp } }",
  doc = "A card in a flow: the card or its name, the table of its arguments, and any of these.",
  { name = "inverted", type = "boolean", doc = "of a condition: it must be false" },
  { name = "group", type = "integer", min = 1, max = 3, default_text = "1",
    doc = "of a condition: all of one group must hold; the flow needs one group" },
  { name = "delay", type = "duration", doc = "of an action: how long it waits before" },
  { name = "duration", type = "duration", doc = "of an action whose card takes one" },
  { name = "token", type = "any", annotation = "homey.Token|homey.Variable|string",
    doc = "of a card that takes a token; as text \"<uri>|<id>\"" },
}

local cards = "(string|homey.Card|homey.FlowCard)"

local function add_members(list, is_new)
  local all = {
    { name = "name", type = "text", required = is_new or nil, doc = "its name" },
    { name = "folder", type = "any", annotation = "string|homey.Folder|false",
      check = function(value)
        if value == false or type(value) == "string" or type(value) == "table" then
          return value
        end
        return nil, ("takes a folder, its name, or false for none, not %s."):format(format(value))
      end,
      doc = "the folder that it is in; false: in none" },
    { name = "enabled", type = "boolean", default = is_new and true or nil,
      doc = "whether the hub runs it" },
    { name = "trigger", type = "any", required = is_new or nil, check = check_card,
      annotation = cards, doc = "the card that starts it" },
    { name = "conditions", type = "any", check = check_cards, annotation = cards .. "[]",
      doc = "the cards that must hold" },
    { name = "actions", type = "any", check = check_cards, annotation = cards .. "[]",
      doc = "the cards that it runs then" },
    { name = "otherwise", type = "any", check = check_cards, annotation = cards .. "[]",
      doc = "the cards that it runs when the conditions do not hold" },
  }
  for _, row in ipairs(all) do list[#list + 1] = row end
  return list
end

rows.new_flow = add_members({
  what = "homey.create_flow", class = "homey.NewFlow",
  example = "{ name = \"Good night\", trigger = \"This flow is started\" }", required = true,
  doc = "The flow that homey.create_flow makes.",
}, true)

rows.flow_change = add_members({
  what = "flow:change", class = "homey.FlowChange", example = "{ name = \"Good night\" }",
  required = true, doc = "What flow:change changes; the rest stays as it is.",
}, false)

rows.new_folder = {
  what = "homey.create_folder", class = "homey.NewFolder", example = "{ name = \"Evening\" }",
  required = true, doc = "The folder of flows that homey.create_folder makes.",
  { name = "name", type = "text", required = true, doc = "its name" },
  { name = "parent", type = "any", annotation = "string|homey.Folder",
    default_text = "none", doc = "the folder around it" },
}

return rows
