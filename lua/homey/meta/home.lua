---@meta homey.home_methods
-- Fields of homey, homey.Home and homey.Event that follow from the kinds of resources and from
-- lua/homey/home/methods.lua. Written by mk/meta/home.lua; never loaded.

---@class homey.Home
---@field flow fun(self: homey.Home, ref: string): homey.Flow
---   Find a flow by its id or name, also by "Folder/Name". An id needs no request. Raises:
---   not_found, ambiguous, request.
---@field user fun(self: homey.Home, ref: string): homey.User
---   Find a user by its id or name. An id needs no request. Raises: not_found, ambiguous, request.
---@field users fun(self: homey.Home): homey.User[]
---   All users, sorted by name. Raises: request.
---@field variable fun(self: homey.Home, ref: string): homey.Variable
---   Find a variable by its id or name. An id needs no request. Raises: not_found, ambiguous,
---   request.
---@field variables fun(self: homey.Home): homey.Variable[]
---   All variables, sorted by name. Raises: request.
---@field zone fun(self: homey.Home, ref: string): homey.Zone
---   Find a zone by its id or name, also by "Parent/Name". An id needs no request. Raises:
---   not_found, ambiguous, request.
---@field zones fun(self: homey.Home): homey.Zone[]
---   All zones, sorted by name. Raises: request.
local Home = {}

---@class homey
---@field action fun(card: string|homey.Card, arguments: table<string, any>?, options: homey.CardOptions?): table<string, any>
---   see home:action
---@field cards fun(filter: string|homey.CardFilter?): homey.Card[]  see home:cards
---@field condition fun(card: string|homey.Card, arguments: table<string, any>?, options: homey.CardOptions?): boolean
---   see home:condition
---@field create_variable fun(variable: homey.NewVariable): homey.Variable?
---   see home:create_variable
---@field create_zone fun(zone: homey.NewZone): homey.Zone?  see home:create_zone
---@field flow fun(ref: string): homey.Flow  see home:flow
---@field flows fun(filter: homey.FlowFilter?): homey.Flow[]  see home:flows
---@field notify fun(message: string)  see home:notify
---@field push fun(user: string|homey.User, message: string)  see home:push
---@field say fun(message: string, device: string|homey.Device?)  see home:say
---@field user fun(ref: string): homey.User  see home:user
---@field users fun(): homey.User[]  see home:users
---@field value fun(f: fun(): any, things: any[]): homey.Value  see home:value
---@field variable fun(ref: string): homey.Variable  see home:variable
---@field variables fun(): homey.Variable[]  see home:variables
---@field zone fun(ref: string): homey.Zone  see home:zone
---@field zones fun(): homey.Zone[]  see home:zones
local homey = {}

---@class homey.Event
---@field device? homey.Device  the device of the event
---@field flow? homey.Flow  the flow of the event
---@field flowfolder? homey.Folder  the flowfolder of the event
---@field user? homey.User  the user of the event
---@field variable? homey.Variable  the variable of the event
---@field zone? homey.Zone  the zone of the event
local Event = {}
