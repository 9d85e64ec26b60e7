-- Kinds of things in a tree: one row for each, in the order of creation. A row names the operations
-- of the hub and the members of a file. Other members of the hub are left out: they change without
-- the user, or are read-only.

---@class homey.cli.TreeMember
---@field name string
---@field type "text"|"flag"|"value"|"object"|"list"
---@field required? boolean  to create a thing
---@field refers? string     kind of the thing whose id it holds
---@field fixed? boolean     the hub does not change it

---@class homey.cli.TreeKind
---@field name string       "zone"
---@field words string      "advanced flow"
---@field folder string     its folder in the tree
---@field manager string
---@field all string        operation that lists things of the kind
---@field create? string    operation; nil: they cannot be created
---@field update string
---@field delete? string
---@field body string       parameter with the members
---@field above? string     member with the id of the thing around it
---@field nests? boolean    its parent is of the same kind
---@field cards? boolean    its members hold cards of flows
---@field members homey.cli.TreeMember[]

local name = { name = "name", type = "text", required = true }

---@type homey.cli.TreeKind[]
local kinds = {
  {
    name = "zone", words = "zone", folder = "zones", manager = "zones", all = "getZones",
    create = "createZone", update = "updateZone", delete = "deleteZone", body = "zone",
    above = "parent", nests = true,
    members = {
      name, { name = "parent", type = "text", refers = "zone", required = true },
      { name = "icon", type = "text", default = "default" },
    },
  },
  {
    name = "flow_folder", words = "folder", folder = "flow_folders", manager = "flow",
    all = "getFlowFolders", create = "createFlowFolder", update = "updateFlowFolder",
    delete = "deleteFlowFolder", body = "flowfolder", above = "parent", nests = true,
    members = { name, { name = "parent", type = "text", refers = "flow_folder" } },
  },
  {
    name = "variable", words = "variable", folder = "variables", manager = "logic",
    all = "getVariables", create = "createVariable", update = "updateVariable",
    delete = "deleteVariable", body = "variable",
    members = {
      name, { name = "type", type = "text", required = true, fixed = true },
      { name = "value", type = "value", required = true },
    },
  },
  {
    name = "device", words = "device", folder = "devices", manager = "devices",
    all = "getDevices", update = "updateDevice", body = "device", above = "zone",
    members = { name, { name = "zone", type = "text", refers = "zone" } },
  },
  {
    name = "mood", words = "mood", folder = "moods", manager = "moods", all = "getMoods",
    create = "createMood", update = "updateMood", delete = "deleteMood", body = "mood",
    above = "zone",
    members = {
      name, { name = "zone", type = "text", refers = "zone" },
      { name = "preset", type = "text" },
      { name = "devices", type = "object", required = true },
    },
  },
  {
    name = "flow", words = "flow", folder = "flows", manager = "flow", all = "getFlows",
    create = "createFlow", update = "updateFlow", delete = "deleteFlow", body = "flow",
    above = "folder", cards = true,
    members = {
      name, { name = "enabled", type = "flag" },
      { name = "folder", type = "text", refers = "flow_folder" },
      { name = "trigger", type = "object", required = true },
      { name = "conditions", type = "list" }, { name = "actions", type = "list" },
    },
  },
  {
    name = "advanced_flow", words = "advanced flow", folder = "advanced_flows", manager = "flow",
    all = "getAdvancedFlows", create = "createAdvancedFlow", update = "updateAdvancedFlow",
    delete = "deleteAdvancedFlow", body = "advancedflow", above = "folder", cards = true,
    members = {
      name, { name = "enabled", type = "flag" },
      { name = "folder", type = "text", refers = "flow_folder" },
      { name = "cards", type = "object", required = true },
    },
  },
}

for _, row in ipairs(kinds) do kinds[row.name] = row end

--- Return the kind of the parent that `above` names: its own kind, or the kind of that member.
---@param row homey.cli.TreeKind
---@return string?
function kinds.above_of(row)
  for _, member in ipairs(row.members) do
    if member.name == row.above then return member.refers end
  end
end

return kinds
