---@meta homey.options
-- Options of all functions. Written by mk/meta/options.lua from their rows; never loaded.

--- An OAuth client other than those of this library.
---@class homey.ClientOptions
---@field id? string  the client's id; HOMEY_CLIENT_ID
---@field secret? string  its secret; HOMEY_CLIENT_SECRET
---@field redirect_uri? string  its registered redirect URI; HOMEY_REDIRECT_URI

--- Base URLs of the cloud.
---@class homey.EndpointOptions
---@field accounts? string  base URL of the login
---@field api? string  base URL of the API
---@field energy? string  its energy API; needed beside an `api` of your own
---@field weather? string  its weather API; likewise

--- The options of homey.login and homey.new. False ignores the environment.
---@class homey.Options
---@field email? string  e-mail address of the account; HOMEY_EMAIL
---@field password? string  its password; never stored; HOMEY_PASSWORD
---@field otp? string  one-time code, if the account asks for one
---@field hub? string  name or id of the hub, if the account has several; HOMEY_HUB
---@field address? string  URL of the hub at home, or its IP address, which is reached by https;
---   HOMEY_ADDRESS
---@field token? string  an API key of the hub; needs `address`; HOMEY_TOKEN
---@field username? string  a local user of the hub; needs `password` and `address`
---@field code? string  an authorization code from the browser
---@field refresh_token? string  a refresh token of the account
---@field client? string|homey.ClientOptions  the OAuth client: 'developer', 'localhost', or a table
---   with an id
---@field endpoints? homey.EndpointOptions  base URLs of the cloud
---@field account? string  name under which the login is stored; default: the e-mail address, else
---   the hub's address
---@field state_dir? string|false  folder of logins, states and the journal; false for none;
---   default: $XDG_STATE_HOME/homey, else ~/.local/state/homey; HOMEY_STATE_DIR
---@field store? homey.Store  storage of logins, in place of `state_dir`
---@field cafile? string  certificates of trusted authorities, a PEM file; default: the system's;
---   HOMEY_CAFILE
---@field connect_to? string[]  redirects connections: lines HOST:PORT:TO-HOST:TO-PORT, as in curl;
---   HOMEY_CONNECT_TO
---@field headers? string[]|table<string, string>  header lines added to every request to the hub
---@field user_agent? string  the User-Agent header
---@field scheme? string  URL scheme of the Origin and Referer headers of the login
---@field timeout? number|string  longest silence in one exchange; default: 10 s; 30 s for hubs of
---   before 2023
---@field max_reply? integer  largest accepted reply; in bytes; 1 or more; default: 64 MiB
---@field stale? number|string  time without a message of the hub after which its values count as
---   stale; default: 60 s
---@field poll? number|string  time between two reads when the hub accepts no websocket; default: 10
---   s
---@field timezone? string  time zone: 'Europe/Amsterdam' or 'CET-1CEST,M3.5.0,M10.5.0/3'; default:
---   the hub's, else this machine's; HOMEY_TIMEZONE
---@field latitude? number  degrees north, for sunrise and sunset; in degrees; from -90 to 90;
---   default: the hub's
---@field longitude? number  degrees east; in degrees; from -180 to 180; default: the hub's
---@field refresh? "auto"|"official"|"seed"  how an access token is refreshed; default: 'auto'
---@field password_grant? boolean  logs in by the OAuth password grant; default: false
---@field plain_http? "auto"|"allow"|"never"  allows plain http to the hub; 'auto': only to hubs
---   without TLS; default: 'auto'
---@field fresh? boolean  ignores the stored login; default: false
---@field journal? boolean  keeps a journal of changes, which homey.why reads; default: true
---@field dry_run? boolean  logs changes instead of sending them; default: false; HOMEY_DRY_RUN
---@field trace? boolean|fun(line: string)  gets a line for each exchange, without secrets; true:
---   stderr; default: false; HOMEY_TRACE

--- Filter of homey.devices. A device must match all fields.
---@class homey.Filter
---@field zone? string|homey.Zone|(string|homey.Zone)[]  in one of these zones, or in a zone inside
---   one
---@field class? string|string[]  of one of these classes
---@field capability? string|string[]  with all of these capabilities
---@field name? string|string[]  one of these names, in any case; * matches any text
---@field available? boolean  whether it is available
---@field where? fun(device: homey.Device): any  returns true for wanted devices; it gets the last
---   known values, and cannot wait

--- Filter of homey.flows. A flow must match all fields.
---@class homey.FlowFilter
---@field name? string|string[]  one of these names, in any case; * matches any text
---@field folder? string|string[]  in one of these folders, or in a folder inside one
---@field enabled? boolean  whether it is enabled
---@field triggerable? boolean  whether it can be started
---@field advanced? boolean  whether it is an advanced flow
---@field broken? boolean  whether something that it needs is missing

--- Which flow cards homey.cards lists: all words in its list must be in a card.
---@class homey.CardFilter
---@field type? "action"|"condition"|"trigger"  only cards of this type
---@field device? string|homey.Device  only cards of this device

--- What homey.action and homey.condition give a flow card beside its arguments.
---@class homey.CardOptions
---@field duration? number|string  how long a card that takes a duration lasts
---@field token? homey.Token|homey.Variable|string  the token of a card that takes one; as text
---   "<uri>|<id>"
---@field tokens? table<string, any>  values of the local tokens that its arguments name, as in
---   "[[name]]"

--- The flow that homey.create_flow makes.
---@class homey.NewFlow
---@field name string  its name
---@field folder? string|homey.Folder|false  the folder that it is in; false: in none
---@field enabled? boolean  whether the hub runs it; default: true
---@field trigger (string|homey.Card|homey.FlowCard)  the card that starts it
---@field conditions? (string|homey.Card|homey.FlowCard)[]  the cards that must hold
---@field actions? (string|homey.Card|homey.FlowCard)[]  the cards that it runs then
---@field otherwise? (string|homey.Card|homey.FlowCard)[]  the cards that it runs when the
---   conditions do not hold

--- What flow:change changes; the rest stays as it is.
---@class homey.FlowChange
---@field name? string  its name
---@field folder? string|homey.Folder|false  the folder that it is in; false: in none
---@field enabled? boolean  whether the hub runs it
---@field trigger? (string|homey.Card|homey.FlowCard)  the card that starts it
---@field conditions? (string|homey.Card|homey.FlowCard)[]  the cards that must hold
---@field actions? (string|homey.Card|homey.FlowCard)[]  the cards that it runs then
---@field otherwise? (string|homey.Card|homey.FlowCard)[]  the cards that it runs when the
---   conditions do not hold

--- A card in a flow: the card or its name, the table of its arguments, and any of these.
---@class homey.FlowCard
---@field inverted? boolean  of a condition: it must be false
---@field group? integer  of a condition: all of one group must hold; the flow needs one group; from
---   1 to 3; default: 1
---@field delay? number|string  of an action: how long it waits before
---@field duration? number|string  of an action whose card takes one
---@field token? homey.Token|homey.Variable|string  of a card that takes a token; as text
---   "<uri>|<id>"

--- The folder of flows that homey.create_folder makes.
---@class homey.NewFolder
---@field name string  its name
---@field parent? string|homey.Folder  the folder around it; default: none

--- Options of set, of a device or of a selection.
---@class homey.SetOptions
---@field duration? number|string  duration of the transition, for lamps
---@field revert_after? number|string  sets the old value again after this time, unless it was
---   changed meanwhile
---@field only_if_changed? boolean  sends nothing if the device has this value already; default:
---   false
---@field strict? boolean  for a selection: raises an error even if only one device fails; default:
---   false
---@field within? number|string  tries again for this long while the hub or the device is
---   unreachable

--- Options of get, put, post and delete.
---@class homey.RequestOptions
---@field timeout? number|string  longest duration of the whole exchange; default: that of the login
---@field once? boolean  never repeats a PUT by itself; default: false

--- Forbids changes of devices that match device, zone, class and name.
---@class homey.GuardRule
---@field device? string|homey.Device|(string|homey.Device)[]  one of these devices
---@field zone? string|homey.Zone|(string|homey.Zone)[]  in one of these zones, or in a zone inside
---   one
---@field class? string|string[]  of one of these classes
---@field name? string|string[]  one of these names, in any case; * matches any text
---@field capability? string|string[]  one of these capabilities, with their sub-capabilities
---@field never? boolean  true: forbids all changes
---@field quiet? string  hours without changes: "22:00 - 07:00", or any condition of docs/time.md
---@field allow? any  a value or a list of values that may still be set

--- Confirmation of what cannot be undone.
---@class homey.ConfirmOptions
---@field confirm? boolean  true: it is meant; without it nothing is sent; default: false

--- The zone that homey.create_zone makes.
---@class homey.NewZone
---@field name string  its name
---@field parent? string|homey.Zone  the zone around it; default: the outermost zone
---@field icon? string  name of its icon: "kitchen"; default: "default"

--- The variable that homey.create_variable makes.
---@class homey.NewVariable
---@field name string  its name
---@field value number|string|boolean  its first value, which decides its type

--- What alarm:set changes.
---@class homey.AlarmOptions
---@field name? string  its name
---@field time? string  "06:45", in the time zone of the hub
---@field days? string  the days on which it repeats: "mon-fri", "weekend"; "" for none
---@field enabled? boolean  whether it goes off

--- The alarm that homey.create_alarm makes.
---@class homey.NewAlarm
---@field name string  its name
---@field time string  "06:45", in the time zone of the hub
---@field days? string  the days on which it repeats: "mon-fri", "weekend"; none by default;
---   default: ""
---@field enabled? boolean  whether it goes off; default: true

--- Which of the recorded values device:insights reads.
---@class homey.InsightsOptions
---@field last? number|string  until now; default: 24 h
---@field from? number|string  the first moment: seconds since 1970, or "2026-06-12 10:00" by the
---   home's clocks
---@field to? number|string  the last moment; default: now
---@field resolution? homey.Resolution  a resolution of the hub, such as "yesterday"; default: the
---   finest one that reaches back far enough

--- What updates:set changes.
---@class homey.UpdateOptions
---@field automatic? boolean  whether the hub installs updates by itself
---@field channel? string  which updates: "stable", "beta"

--- What ledring:set changes.
---@class homey.LedringOptions
---@field brightness? number  only on a Homey of 2016 to 2019; from 0 to 1
---@field screensaver? string  id of a screensaver

--- The dashboard that homey.create_dashboard makes.
---@class homey.NewDashboard
---@field name string  its name
---@field columns? table[]  its columns, in the form of dashboard.columns; default: none

--- The access token that homey.create_access_token makes.
---@class homey.NewAccessToken
---@field name string  its name
---@field scopes string[]  what it allows: "homey.device.readonly", "homey.flow.start"; "homey" is
---   all

--- Which energy homey.energy reads: at most one of these.
---@class homey.EnergyOptions
---@field zone? string|homey.Zone  only what is in this zone; default: the whole home
---@field day? string|true  the report of a day: "2026-06-12", "yesterday", or true for today
---@field week? string|true  that of a week: "2026-W24", or true for this one
---@field month? string|true  that of a month: "2026-06", or true for this one
---@field year? string|number|true  that of a year: 2026, or true for this one

--- Options of `on` for an event.
---@class homey.EventOptions
---@field once? boolean  ends after the first call; default: false
---@field own? boolean  false: ignores this program's own changes; default: true
---@field mode? homey.Mode  what an event does while an earlier call still runs; default: 'parallel'

--- Which change of a value counts.
---@class homey.EdgeOptions
---@field to? any  the new value, or a list of values
---@field from? any  the old value, or a list of values
---@field above? number  the value rises above this
---@field below? number  the value falls below this; with `above`: it comes between the two
---@field hysteresis? number  distance that the value must go back before it counts again; 0 or
---   more; default: 0

--- Options of `on` for a value.
---@class homey.TriggerOptions : homey.EdgeOptions, homey.EventOptions
---@field held? number|string  the value must stay so for this long
---@field missed? "run"|"skip"  what to do with a `held` that ended while the program was not
---   running; default: less than 15 min late is run, the rest is skipped
---@field debounce? number|string  reports a value once it has not changed for this long
---@field silent? number|string  the hub has had no report of the value for this long; only with
---   `once` and `mode`

--- The change that homey.wait waits for.
---@class homey.WaitOptions : homey.EdgeOptions
---@field held? number|string  the value must stay so for this long

--- Values that `count`, `any` and `all` of devices look for.
---@class homey.MatchOptions
---@field to? any  the value, or a list of values
---@field above? number  the value is above this
---@field below? number  the value is below this

--- Several things to wait for.
---@class homey.WaitList
---@field any? table[]  waits until one of these is true
---@field all? table[]  waits until all of these are true
---@field timeout? number|string  longest wait

--- Options of homey.at.
---@class homey.TimeOptions
---@field missed? "run"|"skip"  what to do with a time that passed while the machine slept or its
---   clock was wrong; default: less than 15 min late is run, the rest is skipped
---@field once? boolean  ends after the first call; default: false
---@field mode? homey.Mode  what an event does while an earlier call still runs; default: 'parallel'

--- Options of homey.every.
---@class homey.EveryOptions
---@field aligned? boolean  follows the clock of the home: every("15 min") at :00, :15, :30 and :45;
---   default: false
---@field once? boolean  ends after the first call; default: false
---@field mode? homey.Mode  what an event does while an earlier call still runs; default: 'parallel'

--- Options of homey.after.
---@class homey.AfterOptions
---@field mode? homey.Mode  what an event does while an earlier call still runs; default: 'parallel'

--- Limits that contain mistakes in scripts.
---@class homey.LimitOptions
---@field compute? number|string  stops a handler that computes for this long without a pause;
---   default: 5 s
---@field parallel? integer  concurrent calls of one handler; 1 or more; default: 1000
---@field queued? integer  waiting calls of one handler in the mode 'queued'; 1 or more; default:
---   100
---@field per_second? integer  changes of one device per second; 1 or more; default: 10
---@field per_minute? integer  changes of one device per minute; 1 or more; default: 300

--- Options of homey.fetch. At most one of body, json, form and multipart.
---@class homey.FetchOptions
---@field method? string  the method of the request; default: 'POST' with a body, else 'GET'
---@field headers? table<string, string|number|string[]>  by name; a list is sent as several; an
---   empty text leaves out a default header
---@field body? string  what is sent, as it is
---@field json? any  what is sent, as JSON
---@field form? table<string, string|number|boolean>  fields of a form
---@field multipart? table<string, string|number|homey.Part>  fields and files of a form: { photo =
---   { path = "door.jpg" } }
---@field timeout? number|string  longest duration of all of it, redirects included; default: 30 s
---@field max? integer  longest body of the answer; in bytes; from 1 to 1073741824; default:
---   16777216
---@field redirects? boolean|integer  how many redirects are followed; false: none; default: 10
---@field cafile? string  certificates of trusted authorities, a PEM file; default: the system's

--- One part of a multipart form. It has either `path` or `data`.
---@class homey.Part
---@field path? string  the file that is sent
---@field data? string  the bytes that are sent
---@field filename? string  the name that the server is told; default: the name of the file
---@field type? string  the media type of the part; default: application/octet-stream

--- Options of homey.lines.
---@class homey.LinesOptions
---@field max? integer  longest line; in bytes; from 1 to 1073741824; default: 1048576

--- Settings of the simulator: options of sim.start, sim.home and sim:set.
---@class homey.sim.Settings
---@field api_version? integer  version of the hub's API: 2 or 3; default: 3
---@field mode? string  "302" (authorise redirects at once) or "consent" (after a page with Allow);
---   default: "302"
---@field consent? table  variants of that page, see homey.sim.cloud.consent_page
---@field email? string  e-mail address of the account; default: "sunny@example.com"
---@field password? string  its password; default: "Sunny & warm = 20+5 % ö"
---@field otp? string|false  one-time code that the login requires; default: false
---@field clients? table  OAuth clients of the cloud: id to { secret =, redirect_uris = { ... } }
---@field homeys? table  further Homeys of the account: { id =, name =, ... }, without hubs
---@field rotation? boolean|string  each refresh returns a new refresh token; "omit": none at all;
---   default: true
---@field theft_revokes? boolean  reuse of a refresh token revokes all tokens of that login;
---   default: false
---@field credentials? string  client credentials at the token endpoint: "both", "body" or "basic";
---   default: "both"
---@field refresh? string  "on", "unsupported" (unsupported_grant_type) or "missing" (404); default:
---   "on"
---@field seed_refresh? string  refresh at the delegation URL: "tokens", "delegation" or "missing";
---   default: "tokens"
---@field delegation? string  "json" (a JSON string), "text" (unquoted) or "object" ({"token":});
---   default: "json"
---@field password_grant? boolean  the cloud knows the OAuth password grant; default: true
---@field double_slash? boolean  `//authorise` and `//delegation/token` exist; default: true
---@field authorise? table  paths that exist: { accounts =, oauth2 =, api = } booleans
---@field lifetimes? table  seconds: code, access, bearer, jwt, refresh; false: no limit
---@field expires_in? integer|false  `expires_in` in place of the true lifetime; default: false
---@field hub? boolean|string  true, false (connections are closed) or "hang"; default: true
---@field cloud? boolean|string  the same for accounts, api and the cloud address of the hub;
---   default: true
---@field hub_at_address? string|false  id of another hub that answers at the address; default:
---   false
---@field starting? boolean  the hub has just restarted: its lists are empty; default: false
---@field fatal? string|false  ping answers 403: "subscription" or "serial"; default: false
---@field addresses? table  members of homeys[] in user/me; false removes one
---@field address_port? string  certificate of the secure local address: https, expired, wrong_host,
---   unknown_ca; default: "https"
---@field plain_tokens? boolean  false: a token over plain http is refused, with a complaint;
---   default: true
---@field require_homey_id? boolean  false: a hub request without X-Homey-ID is no complaint;
---   default: true
---@field strict? boolean  false: complaints are recorded, but no request is refused; default: true
---@field value_reply? string  GET of one capability: "bare" or "object"; default: "bare"
---@field pat? string  personal access token of the hub
---@field pat_scopes? table  its scopes
---@field clock_ahead? number  how far the clocks of hub and cloud are ahead of this machine; in
---   seconds; default: 0
---@field local_username? string  name of the local user of the hub; default: "porch"
---@field local_password? string  its password; default: "light at 7"
---@field idle_timeout? number  time until an idle connection is closed; in seconds; default: 120
---@field ping_interval? number  time between two pings of a websocket client; in seconds; default:
---   25
---@field ping_timeout? number  time that a client waits for a pong; in seconds; default: 5
---@field echo? string  the event of a set over a websocket is "before" its answer or "after";
---   default: "before"

--- Options of sim.home, besides the settings of the simulator.
---@class homey.sim.HomeOptions
---@field time? string|number  local time at the start; default: "2026-01-01 00:00"
---@field latency? number|string  time from a request to its answer; default: 0
---@field seed? integer  seed of ids and of math.random; from 1 to 2147483647; default: 1
---@field quiet? boolean  prints no warnings and errors on stderr; `logged` returns them; default:
---   false
---@field devices? integer  generates a home with this number of devices; 0 or more

--- Failure of requests. Needs a kind or a status.
---@class homey.sim.Fail
---@field kind? homey.Kind  kind of the error
---@field status? integer  status of the hub's answer: 400 to 599; with a kind any status
---@field message? string  message of the error
---@field times? number  number of requests that fail; 1 or more; default: 1
---@field method? string  only requests with this method: "PUT"
---@field path? string  only paths that contain this text
---@field device? string  only requests for this device
---@field capability? string  only requests that set this capability
---@field executed? boolean  the hub executes the request, and only its answer is lost; default:
---   false

--- Answer of the hub to some requests, in place of its own. Needs a path.
---@class homey.sim.Answer
---@field path? string  full path of the requests, without a query
---@field method? string  only requests with this method: "PUT"
---@field reply? any  the value of the answer; in virtual time also a function of the request, which
---   returns it and a status
---@field status? integer  status of the answer; from 200 to 599; default: 200
---@field times? number  number of requests with this answer; 1 or more; default: always

--- What a fetch gets: a reply, or a failure.
---@class homey.sim.WebReply
---@field status? integer  its status; from 100 to 599; default: 200
---@field headers? table<string, string|string[]>  its headers
---@field json? any  its body, as JSON
---@field body? string  its body
---@field delay? number|string  time until it arrives; default: 0
---@field kind? "network"|"timeout"|"tls"|"protocol"  fail with an error of this kind
---@field message? string  message of the error

--- A zone in short form.
---@class homey.sim.Zone
---@field name? string  its name
---@field parent? string  the zone around it; created if it does not exist
---@field icon? string  its icon

--- A device in short form.
---@class homey.sim.Device
---@field name? string  its name
---@field zone? string  its zone: "Upstairs/Attic"; created if it does not exist
---@field class? string  its class; default: 'other'
---@field capabilities? table<string, any>  capability to value, or to { value =, min =, max =, ...
---   }
---@field id? string  its id
---@field available? boolean  whether it is available; default: true
---@field unavailableMessage? string  why it is not available
---@field note? string  its note
---@field virtualClass? string  the class that its owner chose
---@field driver? string  id of its driver
---@field energy? any  its energy facts, as the hub has them
---@field settings? any  its settings, as the hub has them
---@field flags? any  its flags, as the hub has them

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

--- A flow folder in short form.
---@class homey.sim.Folder
---@field name? string  its name
---@field parent? string  id of the folder that it is in

--- A mood in short form.
---@class homey.sim.Mood
---@field name? string  its name
---@field zone? string  its zone; by default that of one of its devices
---@field devices? table<string, table<string, any>>  device, by its name, to the values that it
---   takes
---@field preset? string  its preset

--- An alarm in short form.
---@class homey.sim.Alarm
---@field name? string  its name
---@field time? string  when it goes off; default: '07:00'
---@field days? string[]  on which days: { "monday", "friday" }; default: every day
---@field enabled? boolean  whether it is enabled; default: true

--- A notification in short form.
---@class homey.sim.Notification
---@field text? string  its text
---@field owner? string  uri of who created it; default: 'homey:manager:flow'

--- An app in short form.
---@class homey.sim.App
---@field name? string  its name
---@field id? string  its id
---@field version? string  its version; default: '1.0.0'
---@field enabled? boolean  whether it is enabled; default: true
