---@meta homey.options
-- Options of all functions. Written by mk/option_annotations.lua from their rows; never loaded.

--- An OAuth client of one's own.
---@class homey.ClientOptions
---@field id? string  the client's id; HOMEY_CLIENT_ID
---@field secret? string  its secret; HOMEY_CLIENT_SECRET
---@field redirect_uri? string  the redirect URI that it is registered with; HOMEY_REDIRECT_URI

--- Base URLs of the cloud.
---@class homey.EndpointOptions
---@field accounts? string  where accounts log in
---@field api? string  the cloud's API

--- The options of homey.login and homey.new. False turns off what the environment says.
---@class homey.Options
---@field email? string  e-mail address of the account; HOMEY_EMAIL
---@field password? string  its password; never stored; HOMEY_PASSWORD
---@field otp? string  one-time code, where the account asks for one
---@field hub? string  name or id of the hub, where the account has several; HOMEY_HUB
---@field address? string  URL of the hub at home, or its IP address alone, for https; HOMEY_ADDRESS
---@field token? string  an API key of the hub; needs `address`; HOMEY_TOKEN
---@field username? string  a local user of the hub; needs `password` and `address`
---@field code? string  an authorization code from the browser
---@field refresh_token? string  a refresh token of the account
---@field client? string|homey.ClientOptions  the OAuth client: 'developer', 'localhost', or a table
---   with an id
---@field endpoints? homey.EndpointOptions  base URLs of the cloud
---@field account? string  name under which the login is stored; default: the e-mail address, else
---   the hub's address
---@field state_dir? string|false  folder of logins, states and the journal; false: none; default:
---   $XDG_STATE_HOME/homey, else ~/.local/state/homey; HOMEY_STATE_DIR
---@field store? homey.Store  where logins are kept, in place of `state_dir`
---@field cafile? string  certificates of trusted authorities, a PEM file; default: the system's;
---   HOMEY_CAFILE
---@field connect_to? string[]  connects elsewhere: lines HOST:PORT:TO-HOST:TO-PORT as curl has
---   them; HOMEY_CONNECT_TO
---@field headers? string[]|table<string, string>  header lines added to every request to the hub
---@field user_agent? string  the User-Agent header
---@field scheme? string  URL scheme of the Origin and Referer headers
---@field timeout? number|string  longest silence in one exchange; default: 10 s; 30 s for hubs of
---   before 2023
---@field max_reply? integer  largest reply that is read; in bytes; default: 64 MiB
---@field stale? number|string  silence of the hub after which its values count as stale; default:
---   60 s
---@field poll? number|string  pause between two readings where the hub takes no websockets;
---   default: 10
---@field timezone? string  time zone: 'Europe/Amsterdam' or 'CET-1CEST,M3.5.0,M10.5.0/3'; default:
---   the hub's, else this machine's; HOMEY_TIMEZONE
---@field latitude? number  degrees north, for sunrise and sunset; in degrees; default: the hub's
---@field longitude? number  degrees east; in degrees; default: the hub's
---@field refresh? "auto"|"official"|"seed"  how an access token is refreshed; default: 'auto'
---@field password_grant? boolean  log in by the OAuth password grant; default: false
---@field plain_http? "auto"|"allow"|"never"  plain http to the hub; 'auto': only to hubs that have
---   no TLS of their own; default: 'auto'
---@field fresh? boolean  ignore the stored login; default: false
---@field journal? boolean  keep a journal of changes, which homey.why reads; default: true
---@field dry_run? boolean  change nothing: log what would be sent; default: false; HOMEY_DRY_RUN
---@field trace? boolean|fun(line: string)  each exchange as a line, without secrets; true: to
---   stderr; default: false; HOMEY_TRACE

--- Which devices homey.devices lists. All fields must fit.
---@class homey.Filter
---@field zone? string|homey.Zone|(string|homey.Zone)[]  in any of these zones, or in a zone inside
---   one
---@field class? string|string[]  of any of these classes
---@field capability? string|string[]  with all of these capabilities
---@field name? string|string[]  any of these names, in any case; * stands for anything

--- Which flows homey.flows lists. All fields must fit.
---@class homey.FlowFilter
---@field name? string|string[]  any of these names, in any case; * stands for anything
---@field folder? string|string[]  in any of these folders, or in a folder inside one
---@field enabled? boolean  whether it is enabled
---@field triggerable? boolean  whether it can be started
---@field advanced? boolean  whether it is an advanced flow
---@field broken? boolean  whether the hub calls it broken

--- Options of set, of a device or of a selection.
---@class homey.SetOptions
---@field duration? number|string  how long a lamp takes to get there
---@field revert_after? number|string  sets it back after this time, unless somebody else has
---   changed it by then
---@field only_if_changed? boolean  sends nothing where the device has that value already; default:
---   false
---@field strict? boolean  of a selection: one device that fails is an error, though others do not;
---   default: false
---@field within? number|string  for this long it is tried again while the hub or the device is out
---   of reach

--- Options of get, put, post and delete.
---@class homey.RequestOptions
---@field timeout? number|string  longest duration of the whole exchange; default: that of the login
---@field once? boolean  a PUT that is never repeated by itself; default: false

--- What no script may change. All of device, zone, class and name must fit.
---@class homey.GuardRule
---@field device? string|homey.Device|(string|homey.Device)[]  any of these devices
---@field zone? string|homey.Zone|(string|homey.Zone)[]  in any of these zones, or in a zone inside
---   one
---@field class? string|string[]  of any of these classes
---@field name? string|string[]  any of these names, in any case; * stands for anything
---@field capability? string|string[]  any of these capabilities, with their sub-capabilities
---@field never? boolean  true: it is never changed
---@field quiet? string  hours in which it is not changed: "22:00 - 07:00", or any condition of
---   docs/time.md
---@field allow? any  a value, or a list of values, that may be set all the same

--- Options of `on` for an event.
---@class homey.EventOptions
---@field once? boolean  the first time only; default: false
---@field own? boolean  false: ignores what this program did itself; default: true
---@field mode? homey.Mode  what happens while a call of the function still runs; default:
---   'parallel'

--- Which change of a value counts.
---@class homey.EdgeOptions
---@field to? any  the value it becomes, or a list: any of these
---@field from? any  the value it was, or a list: any of these
---@field above? number  it becomes more than this
---@field below? number  it becomes less than this; with `above`: it comes between the two
---@field hysteresis? number  how far it must go back before it counts again; default: 0

--- Options of `on` for a value.
---@class homey.TriggerOptions : homey.EdgeOptions, homey.EventOptions
---@field held? number|string  it stays so for this long
---@field missed? "run"|"skip"  what becomes of a `held` that ended while the program was not
---   running; default: less than 15 min late is run, the rest is skipped
---@field debounce? number|string  for this long nothing more is reported

--- What homey.wait waits for.
---@class homey.WaitOptions : homey.EdgeOptions
---@field held? number|string  it stays so for this long

--- Several things to wait for.
---@class homey.WaitList
---@field any? table[]  waits for one of these
---@field all? table[]  waits until all of these are so
---@field timeout? number|string  longest wait

--- Options of homey.at.
---@class homey.TimeOptions
---@field missed? "run"|"skip"  what becomes of a time that passed while the machine slept or its
---   clock was wrong; default: less than 15 min late is run, the rest is skipped
---@field once? boolean  the first time only; default: false
---@field mode? homey.Mode  what happens while a call of the function still runs; default:
---   'parallel'

--- Options of homey.every.
---@class homey.EveryOptions
---@field once? boolean  the first time only; default: false
---@field mode? homey.Mode  what happens while a call of the function still runs; default:
---   'parallel'

--- Options of homey.after.
---@class homey.AfterOptions
---@field mode? homey.Mode  what happens while a call of the function still runs; default:
---   'parallel'

--- How much harm a mistake in a script may do.
---@class homey.LimitOptions
---@field compute? number|string  a handler that computes for so long without a pause is stopped;
---   default: 5 s
---@field parallel? integer  calls of one handler that run at the same time; default: 1000
---@field queued? integer  calls that wait for a handler in the mode 'queued'; default: 100
---@field per_second? integer  changes of one device in a second; default: 10
---@field per_minute? integer  changes of one device in a minute; default: 300

--- Options of sim.home, besides the settings of the simulator.
---@class homey.sim.HomeOptions
---@field time? string|number  local time at the start; default: 2026-01-01 00:00
---@field latency? number|string  time from a request to its answer; default: 0
---@field seed? integer  seed of ids and of math.random; default: 1
---@field quiet? boolean  show no warnings and errors on stderr; `logged` has them; default: false
---@field devices? integer  generate a home with this number of devices

--- Which requests fail, and how. Needs a kind or a status.
---@class homey.sim.Fail
---@field kind? homey.Kind  kind of the error
---@field status? integer  status of the hub's answer: 400 to 599, or any beside a kind
---@field message? string  message of the hub, or of the error
---@field times? number  number of requests that fail; default: 1
---@field method? string  only requests with this method: "PUT"
---@field path? string  only paths that contain this text
---@field device? string  only requests for this device
---@field capability? string  only requests that set this capability
---@field executed? boolean  the hub carries the request out, and only its answer is lost; default:
---   false

--- A zone in short form.
---@class homey.sim.Zone
---@field name? string  its name
---@field parent? string  the zone that it is in; made where it does not exist
---@field icon? string  its icon

--- A device in short form.
---@class homey.sim.Device
---@field name? string  its name
---@field zone? string  its zone: "Upstairs/Attic"; made where it does not exist
---@field class? string  its class; default: 'other'
---@field capabilities? table<string, any>  capability to value, or to { value =, min =, max =, ...
---   }
---@field id? string  its id
---@field available? boolean  whether it is in reach; default: true
---@field unavailableMessage? string  why it is not available
---@field note? string  its note
---@field virtualClass? string  the class that its owner chose
---@field driver? string  id of its driver
---@field energy? any  its energy facts, as a hub words them
---@field settings? any  its settings, as a hub words them
---@field flags? any  its flags, as a hub words them

--- A variable in short form.
---@class homey.sim.Variable
---@field name? string  its name
---@field value? number|string|boolean  its value

--- A flow in short form.
---@class homey.sim.Flow
---@field name? string  its name
---@field enabled? boolean  whether it is enabled; default: true
---@field triggerable? boolean  whether it can be started; default: true
---@field folder? string  id of its folder

--- A user in short form.
---@class homey.sim.User
---@field name? string  its name
---@field present? boolean  whether the user is at home; default: false
---@field asleep? boolean  whether the user is asleep; default: false
---@field role? string  role at the hub; default: 'user'
---@field enabled? boolean  whether the user is enabled; default: true
