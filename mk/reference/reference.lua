-- Reference generator: writes docs/reference.md from the annotations in lua/homey, for the names
-- that public_names.lua finds. `make reference` runs it. Needs no build.
--   lua5.4 mk/reference/reference.lua       writes the page
--   dofile "mk/reference/reference.lua"     returns its text, for the spec

package.path = "lua/?.lua;lua/?/init.lua;mk/reference/?.lua;" .. package.path

local path = "docs/reference.md"
local is_program = arg and arg[0] and arg[0]:find "reference%.lua$"

-- Without a build there is no core: nothing of it is called here.
if is_program then
  package.loaded["homey.core"] = setmetatable({ version = "", null = {}, presets = {} }, {
    __index = function() return function() return {} end end,
  })
end

local annotations = require "annotations"
local public_names = require "public_names"

-- The Lua files of a folder. What adds fields to a class comes after the class itself. The
-- operations of the hub have a page of their own.
local function sources(folder)
  local pipe, list = assert(io.popen(("find %s -name '*.lua' | LC_ALL=C sort"):format(folder))), {}
  local added = {}
  for each in pipe:lines() do
    local into = (each:find "/meta/" or each:find "_methods%.lua$") and added or list
    if not each:find "/meta/operations" then into[#into + 1] = each end
  end
  pipe:close()
  for _, each in ipairs(added) do list[#list + 1] = each end
  return list
end

local found = annotations.read(sources "lua/homey")

-- ---- what has a section -------------------------------------------------------------------------

-- An object of a class, as it is before anything is known of it.
local function object(module, fields)
  return function() return setmetatable(fields or {}, require(module)) end
end

local function resource(module)
  return object(module, { home = {}, id = "", record = {} })
end

local common = {
  "lua/homey/resource/resource_methods.lua", "lua/homey/manage/item_methods.lua",
}

-- title    the word before a method's name, and the heading
-- class    its annotations;  module: the file with its methods, where it is not that of the class
-- object   makes one that is asked for its public names; without it, what is annotated and not
--          `package` is public
-- more     further files with its methods
local sections = {
  {
    title = "homey", class = "homey", separator = ".",
    object = function() return require "homey" end,
    intro = "`local homey = require \"homey\"`. The default home is the one that logged in last.",
  },
  {
    title = "home", class = "homey.Home", object = object "homey.home",
    more = sources "lua/homey/home",
    intro = "What `homey.login` and `homey.new` return.",
  },
  {
    title = "device", class = "homey.Device", object = resource "homey.resource.device",
    more = {
      "lua/homey/manage/device_methods.lua", "lua/homey/manage/item_methods.lua",
      "lua/homey/insights/device_methods.lua",
    },
    intro = "What `home:device` returns. As text it is `Zone/Name`.",
  },
  {
    title = "devices", class = "homey.Selection", object = object "homey.resource.selection",
    intro = "A selection: what `home:devices` and `zone:devices` return. An array of devices.",
  },
  {
    title = "value", class = "homey.Value",
    object = object("homey.automation.value", { feed = {} }),
    intro = "What `devices:average`, `device:rolling` and `home:value` return.",
  },
  {
    title = "insights", class = "homey.Insights", object = object "homey.insights.insights",
    intro = "What `device:insights` returns. An array of [points](#homeypoint).",
  },
  {
    title = "prices", class = "homey.Prices", object = object "homey.insights.price_list",
    intro = "What `home:electricity_prices` returns. An array of [prices](#homeyprice).",
  },
  {
    title = "zone", class = "homey.Zone", object = resource "homey.resource.zone",
    more = {
      "lua/homey/manage/zone_methods.lua", "lua/homey/manage/item_methods.lua",
      "lua/homey/resource/resource_methods.lua",
    },
    intro = "What `home:zone` returns.",
  },
  {
    title = "flow", class = "homey.Flow", object = resource "homey.resource.flow",
    more = {
      "lua/homey/flow/flow_methods.lua", "lua/homey/manage/item_methods.lua",
      "lua/homey/resource/resource_methods.lua",
    },
    intro = "What `home:flow` returns.",
  },
  {
    title = "folder", class = "homey.Folder", object = resource "homey.resource.flowfolder",
    more = { "lua/homey/manage/item_methods.lua", "lua/homey/resource/resource_methods.lua" },
    intro = "A folder of flows: what `home:folder` returns.",
  },
  {
    title = "variable", class = "homey.Variable", object = resource "homey.resource.variable",
    more = common, intro = "What `home:variable` returns.",
  },
  {
    title = "user", class = "homey.User", object = resource "homey.resource.user", more = common,
    intro = "What `home:user` returns.",
  },
  {
    title = "mood", class = "homey.Mood", object = resource "homey.resource.mood", more = common,
    intro = "What `home:mood` returns.",
  },
  {
    title = "token", class = "homey.Token", object = resource "homey.resource.flowtoken",
    more = common, intro = "A flow token, or tag: what `home:token` returns.",
  },
  {
    title = "card", class = "homey.Card", object = object "homey.card.card",
    intro = "A flow card: what `home:cards` lists.",
  },
  {
    title = "alarm", class = "homey.Alarm", object = resource "homey.resource.alarm",
    more = { "lua/homey/manage/alarm_methods.lua", common[1], common[2] },
    intro = "What `home:alarm` returns.",
  },
  {
    title = "notification", class = "homey.Notification",
    object = resource "homey.resource.notification",
    more = { "lua/homey/manage/notification_methods.lua", common[1] },
    intro = "What `home:notification` returns. As text it is what it says.",
  },
  {
    title = "app", class = "homey.App", object = resource "homey.resource.app",
    more = { "lua/homey/manage/app_methods.lua", common[1] },
    intro = "What `home:app` returns.",
  },
  {
    title = "image", class = "homey.Image", object = resource "homey.resource.image",
    more = { "lua/homey/manage/image_methods.lua", common[1] },
    intro = "What `home:image` and `device:images` return.",
  },
  {
    title = "dashboard", class = "homey.Dashboard", object = resource "homey.resource.dashboard",
    more = { "lua/homey/manage/dashboard_methods.lua", common[1], common[2] },
    intro = "What `home:dashboard` returns.",
  },
  {
    title = "system", class = "homey.System", object = object "homey.manage.system",
    intro = "What `home:system` returns.",
  },
  {
    title = "updates", class = "homey.Updates", object = object "homey.manage.updates",
    intro = "What `home:updates` returns.",
  },
  {
    title = "ledring", class = "homey.Ledring", object = object "homey.manage.ledring",
    intro = "What `home:ledring` returns.",
  },
  {
    title = "access_token", class = "homey.AccessToken",
    object = object "homey.manage.access_token",
    intro = "What `home:access_tokens` returns. As text it is its name.",
  },
  {
    title = "handle", class = "homey.Handle",
    intro = "What `on`, `at`, `every`, `after` and `guard` return.",
  },
  {
    title = "homey.json", file = "lua/homey/util/json.lua", owner = "json", separator = ".",
    class = "homey.json", intro = "JSON for your own use. What a hub sends is decoded already.",
  },
  { title = "task", class = "homey.Task", intro = "What `homey.spawn` returns." },
  { title = "promise", class = "homey.Promise", intro = "What `homey.promise` returns." },
  { title = "response", class = "homey.Response", intro = "What `homey.fetch` returns." },
  {
    title = "error", class = "homey.Error",
    intro = "What a failed call raises. As text it is `message`.",
  },
  {
    title = "sim", file = "lua/homey/sim/init.lua", owner = "sim", separator = ".",
    intro = "`local sim = require \"homey.sim\"`. [testing](testing.md) shows how tests use it.",
  },
  {
    title = "simulated home", word = "home", class = "homey.sim.VirtualHome",
    intro = "What `sim.home` returns: a home in virtual time, with all names of a [home](#home).",
  },
  {
    title = "simulated file", word = "file", class = "homey.sim.File",
    object = object "homey.sim.virtual.file",
    intro = "What `home:file` of a simulated home returns: a pipe or socket.",
  },
  {
    title = "simulated server", word = "sim", class = "homey.Sim", owner = "Sim",
    intro = "What `sim.start` returns: a cloud and a hub on loopback.",
  },
}

local anchors = {} -- class -> anchor

local function anchor(heading)
  return "#" .. heading:lower():gsub("[^%w%s_-]", ""):gsub("%s", "-")
end

for _, section in ipairs(sections) do
  if section.class then anchors[section.class] = anchor(section.title) end
end

-- ---- text ---------------------------------------------------------------------------------------

local out = {}

local function add(format, ...)
  out[#out + 1] = select("#", ...) > 0 and format:format(...) or format
end

-- Classes that a signature names and that have no section: they get one behind the others.
local referenced, queue = {}, {}

local function refer(class)
  if not found.classes[class] or anchors[class] or referenced[class] then return end
  referenced[class] = true
  queue[#queue + 1] = class
end

local function code(text)
  return "`" .. text .. "`"
end

local function type_part(text)
  local class, list = text:match "^(homey%.[%w_.]*[%w_])([%[%]]*)$"
  if class and found.classes[class] then
    refer(class)
    local link = ("[%s](%s)"):format(class, anchors[class] or anchor(class))
    return list == "" and link or "list of " .. link
  end
  local alias = found.aliases[text]
  if alias and #alias.values > 0 then
    local values = {}
    for i, each in ipairs(alias.values) do values[i] = code(each.value) end
    return table.concat(values, ", ")
  end
  if alias then return ("[%s](#units)"):format(text) end
  for each in text:gmatch "homey%.[%w_.]*[%w_]" do refer(each) end
  return code(text)
end

local function type_text(type)
  if type:gsub("%?$", "") == "number|string" then return "[time](#units)" end
  local parts = annotations.split(type:gsub("%?$", ""), "|")
  for i, each in ipairs(parts) do parts[i] = type_part(each) end
  return table.concat(parts, " or ")
end

local function sentence(text)
  if text == "" then return "" end
  text = text:gsub("^%l", string.upper, 1):gsub("docs/(%l+)%.md", "[docs/%1.md](%1.md)")
  return text:find "[.:!?]$" and text or text .. "."
end

local function cell(text)
  return (text:gsub("|", "\\|"))
end

local function add_fields(fields)
  add "| field | type | meaning |"
  add "|---|---|---|"
  for _, field in ipairs(fields) do
    local type = type_text(field.type) .. (field.optional and ", or nil" or "")
    add("| `%s` | %s | %s |", field.name, cell(type), cell(sentence(field.doc)))
  end
  add ""
end

-- What "Raises:" of an annotation says: kinds of errors, and "request" for those of a request.
local function raises_text(raises)
  local parts = {}
  for each in raises:gmatch "[%w_]+" do
    local is_shared = each == "request"
    parts[#parts + 1] = is_shared and "those of [a request](#errors-of-a-request)" or code(each)
  end
  return table.concat(parts, ", ")
end

local function add_function(title, params, block)
  local names, returns = {}, {}
  for i, each in ipairs(params) do names[i] = each.name .. (each.optional and "?" or "") end
  for i, each in ipairs(block.returns) do
    local name, doc = each.doc:match "^(%l[%w_]*)%s%s+(.+)$"
    doc = doc and name .. ": " .. doc or each.doc
    returns[i] = type_text(each.type) .. (doc ~= "" and (" (%s)"):format(doc) or "")
  end
  add("### %s", title)
  add ""
  add("`%s(%s)`%s", title, table.concat(names, ", "),
    #returns > 0 and " returns " .. table.concat(returns, ", then ") or "")
  add ""
  if block.doc ~= "" then
    add("%s", sentence(block.doc))
    add ""
  end
  for _, each in ipairs(params) do
    if each.name ~= "self" then
      add("- `%s`: %s%s%s", each.name, type_text(each.type), each.optional and ", optional" or "",
        (each.doc == "" or each.doc == "may be left out") and "" or ". " .. sentence(each.doc))
    end
  end
  if block.raises then add("- Errors: %s", raises_text(block.raises)) end
  if #params > 0 or block.raises then add "" end
end

-- ---- names --------------------------------------------------------------------------------------

local function sorted(set)
  local list = {}
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return list
end

-- The file with the functions of a section.
local function file_of(section)
  return section.file or found.classes[section.class].path
end

-- A function of a class, wherever its annotations are.
local function method_of(section, name)
  local separator = section.separator or ":"
  local block = found.functions[file_of(section) .. separator .. name]
  for _, path in ipairs(section.more or {}) do
    block = block or found.functions[path .. separator .. name]
  end
  return block
end

-- A field of a class, or of a base of it.
local function field_of(section, name)
  local class = found.classes[section.class]
  while class do
    if class.by_name[name] then return class.by_name[name] end
    class = found.classes[class.bases[1]]
  end
end

-- A parameter as a type has it: `ref: string`, `options: homey.Options?`, `...`.
local function param_of(text)
  local name, type = text:match "^([%w_.]+):%s*(.*)$"
  if not name then return { name = text, type = "any", doc = "" } end
  return { name = name, type = type, doc = "", optional = type:find "%?$" ~= nil }
end

-- A field that is a function: `fun(ref: string): homey.Device`.
local function function_of(field)
  local list, result = field.type:match "^fun(%b()):?%s*(.*)$"
  if not list then return nil end
  local block = { doc = field.doc, params = {}, returns = {}, raises = field.raises }
  for _, each in ipairs(annotations.split(list:sub(2, -2), ",")) do
    if each ~= "" and not each:find "^self:" then
      block.params[#block.params + 1] = param_of(each)
    end
  end
  for _, each in ipairs(annotations.split(result, ",")) do
    if each ~= "" then block.returns[#block.returns + 1] = { type = each, doc = "" } end
  end
  return block
end

-- Every name of a class that is annotated and not `package`, for a class that is not asked.
local function annotated_names(section)
  local set, class = {}, section.class and found.classes[section.class]
  for _, field in ipairs(class and class.fields or {}) do
    if not field.hidden then set[field.name] = true end
  end
  local file = file_of(section):gsub("%p", "%%%0")
  for key, block in pairs(found.functions) do
    local owner, name = key:match("^" .. file .. " ([%w_]+)[.:]([%w_]+)$")
    local is_own = owner and (not section.owner or owner == section.owner)
    if is_own and not block.hidden then set[name] = true end
  end
  return set
end

local function names_of(section)
  return section.object and public_names.of(section.object()) or annotated_names(section)
end

local home_names = names_of(sections[2])

-- Functions of the default home, and what a simulated home inherits, are described with the home.
local function is_elsewhere(section, name)
  if section.title == "homey" then
    local field = field_of(section, name)
    return field ~= nil and field.doc:find "^see home:" ~= nil
  end
  return section.word == "home" and home_names[name]
end

-- ---- sections -----------------------------------------------------------------------------------

local function add_shared(names)
  add "Functions of the default home, each described there:"
  add ""
  for _, name in ipairs(names) do add("- [homey.%s](%s)", name, anchor("home:" .. name)) end
  add ""
end

-- Where the description of a name goes, among `lists`.
local function sort_in(section, name, lists)
  if is_elsewhere(section, name) then
    lists.shared[#lists.shared + 1] = name
    return
  end
  local is_class = section.title ~= "homey"
  local block, field = is_class and method_of(section, name), field_of(section, name)
  if not block and field then block = function_of(field) end
  if block then
    lists.functions[#lists.functions + 1] = { name = name, block = block }
  elseif field then
    lists.fields[#lists.fields + 1] = field
  else
    error(("%s has no annotation for '%s'."):format(section.class or section.file, name), 0)
  end
end

local function add_section(section)
  local lists = { fields = {}, functions = {}, shared = {} }
  for _, name in ipairs(sorted(names_of(section))) do sort_in(section, name, lists) end
  add("## %s", section.title)
  add ""
  add("%s", section.intro)
  add ""
  if #lists.fields > 0 then add_fields(lists.fields) end
  if section.title == "homey" then add_shared(lists.shared) end
  local prefix = (section.word or section.title) .. (section.separator or ":")
  for _, each in ipairs(lists.functions) do
    add_function(prefix .. each.name, each.block.params, each.block)
  end
end

local function add_kinds()
  add "### Kinds of errors"
  add ""
  add "| kind | meaning |"
  add "|---|---|"
  for _, each in ipairs(found.aliases["homey.Kind"].values) do
    add("| `%s` | %s |", each.value:gsub('"', ""), cell(sentence(each.doc)))
  end
  add ""
  add "### Errors of a request"
  add ""
  add("A call that asks the hub may raise `expired`, `unauthorized`, `forbidden`, `rate_limited`, "
    .. "`hub`, `offline`, `timeout`, `tls`, `network`, `protocol` or `unavailable`. Any call that "
    .. "waits may raise `cancelled`. Any call with a wrong argument raises `invalid`.")
  add ""
end

local function all_fields(class, list, seen)
  for _, base in ipairs(class.bases) do
    if found.classes[base] then all_fields(found.classes[base], list, seen) end
  end
  for _, field in ipairs(class.fields) do
    if not field.hidden then
      list[seen[field.name] or #list + 1] = field -- a class may say more of a base's field
      seen[field.name] = seen[field.name] or #list
    end
  end
  return list
end

local function add_type(name)
  local class = found.classes[name]
  add("### %s", name)
  add ""
  if class.doc ~= "" then
    add("%s", sentence(class.doc))
    add ""
  end
  local fields = all_fields(class, {}, {})
  if #fields > 0 then add_fields(fields) end
end

add "# Reference"
add ""
add("Every public name. `make reference` writes this page from the annotations in `lua/homey`; an "
  .. "editor with a language server for Lua shows the same. A `?` marks what may be left out.")
add ""
add "## Units"
add ""
add('A time is a number of seconds, or a text such as `"250 ms"`, `"30 s"`, `"5 min"` or '
  .. '`"1 h 30 min"`. A moment is a number of seconds since 1970. Values of devices have the '
  .. "units of the hub, in `units` of the capability. Angles are in degrees, sizes in bytes.")
add ""
for _, section in ipairs(sections) do
  add_section(section)
  if section.title == "error" then add_kinds() end
end
add "## Options and other tables"
add ""
local next_type = 1
while queue[next_type] do
  add_type(queue[next_type])
  next_type = next_type + 1
end

local text = table.concat(out, "\n"):gsub("\n+$", "") .. "\n"

if is_program then
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end
return text
