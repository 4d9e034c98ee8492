//! What is wanted from a venue, and the connections that this takes.

use crate::net::endpoint::Endpoint;
use crate::net::error::NetError;
use engine_model::instrument::Name;
use engine_model::venue::VenueId;

/// A kind of stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Channel {
    /// Books.
    Book = 0,
    /// The venue's own best bid and ask.
    Quote,
    /// Each match.
    Trade,
    /// Matches of one taker order at one price, where the venue has them apart.
    AggregateTrade,
    /// Mark, index, funding, open interest: as much as the venue streams. Contracts.
    Mark,
    /// One-minute candles.
    Candle,
    /// Liquidations. Contracts.
    Liquidation,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 7] =
        [Self::Book, Self::Quote, Self::Trade, Self::AggregateTrade, Self::Mark, Self::Candle, Self::Liquidation];

    /// The name used in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Book => "book",
            Self::Quote => "quote",
            Self::Trade => "trade",
            Self::AggregateTrade => "aggregate-trade",
            Self::Mark => "mark",
            Self::Candle => "candle",
            Self::Liquidation => "liquidation",
        }
    }

    /// Whether its stream speaks within seconds of being asked for, however quiet the market: books come whole or change
    /// all the time, marks are told by the clock. The others wait for somebody to trade.
    #[must_use]
    pub const fn must_speak(self) -> bool {
        matches!(self, Self::Book | Self::Mark)
    }
}

/// Some of the channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChannelSet(u8);

impl ChannelSet {
    /// Those whose bits are set, as [`ChannelSet::bits`] gave them.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// A bit a channel.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Puts one in.
    pub(crate) const fn insert(&mut self, channel: Channel) {
        self.0 |= 1 << channel as u8;
    }

    /// Takes one out.
    pub(crate) const fn remove(&mut self, channel: Channel) {
        self.0 &= !(1 << channel as u8);
    }

    /// Whether that one is in.
    #[must_use]
    pub const fn contains(self, channel: Channel) -> bool {
        self.0 & (1 << channel as u8) != 0
    }

    /// Those that are in, in the order of [`Channel::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Channel> {
        Channel::ALL.into_iter().filter(move |channel| self.contains(*channel))
    }
}

impl FromIterator<Channel> for ChannelSet {
    fn from_iter<I: IntoIterator<Item = Channel>>(channels: I) -> Self {
        let mut set = Self::default();
        channels.into_iter().for_each(|channel| set.insert(channel));
        set
    }
}

/// A path of a venue's WebSocket host, by the name that the venue gives it.
pub type Route = &'static str;

/// Hosts and paths of one venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// Of the REST server, without path.
    pub rest: String,
    /// Of each route.
    pub routes: Vec<(Route, String)>,
}

impl Urls {
    /// The production hosts.
    #[must_use]
    pub fn defaults(venue: VenueId) -> Self {
        let (rest, websocket) = super::dialect::of(venue).hosts;
        Self::of(venue, rest(venue), websocket(venue))
    }

    /// The venue's paths on other hosts: a test network, a simulated exchange.
    #[must_use]
    pub fn of(venue: VenueId, rest: &str, websocket: &str) -> Self {
        let paths = (super::dialect::of(venue).routes)(venue);
        let routes = paths.iter().map(|(route, path)| (*route, format!("{websocket}{path}"))).collect();
        Self { rest: rest.to_owned(), routes }
    }

    /// The URL of that route, checked.
    pub fn endpoint(&self, route: Route) -> Result<Endpoint, NetError> {
        match self.routes.iter().find(|(known, _)| *known == route) {
            Some((_, url)) => Endpoint::websocket(url),
            None => Err(NetError::Url { url: route.to_owned(), problem: "no URL is configured for this route" }),
        }
    }
}

/// What is wanted from a venue.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The venue.
    pub venue: VenueId,
    /// Symbols in our spelling: the venue's, with its market in front where one symbol has several.
    pub symbols: Vec<Name>,
    /// Channels of each symbol.
    pub channels: Vec<Channel>,
    /// Milliseconds between changes of a book, where the venue lets one choose.
    pub depth_ms: u32,
    /// Levels a side of a book, where the venue lets one choose.
    pub levels: u32,
    /// Most streams on a connection.
    pub streams_max: usize,
}

/// A connection to make: where to, and what to send once it is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinePlan {
    /// Which route.
    pub route: Route,
    /// Its URL.
    pub endpoint: Endpoint,
    /// Names of streams.
    pub streams: Vec<String>,
    /// Books whose changes come on this line: when it is lost, so are they.
    pub books: Vec<BookPlan>,
    /// The texts that ask for them.
    pub messages: Vec<String>,
}

/// A book of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookPlan {
    /// Of what.
    pub symbol: Name,
    /// The texts that make the venue send it whole once more, where it does that on request.
    pub again: Vec<String>,
}

impl LinePlan {
    /// Where in [`Self::books`] the book of that symbol is.
    #[must_use]
    pub fn book(&self, symbol: &Name) -> Option<usize> {
        self.books.iter().position(|book| book.symbol == *symbol)
    }
}

/// A stream to ask for: the venue's own words for it, and the book that comes by it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) words: String,
    pub(crate) book: Option<Name>,
}

/// Whether a message asks for streams or gives them up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    Subscribe,
    Unsubscribe,
}

/// How a venue takes requests for streams.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking {
    /// Most streams on a line.
    pub(crate) a_line: usize,
    /// Most streams in a message.
    pub(crate) a_message: usize,
    /// The message for these streams.
    pub(crate) message: fn(Ask, &[&str]) -> String,
}

impl Asking {
    /// The lines on one route that these streams take. A book is asked for again by giving its stream up first.
    pub(crate) fn lines(&self, route: Route, urls: &Urls, asked: &[Asked]) -> Result<Vec<LinePlan>, NetError> {
        asked.chunks(self.a_line.max(1)).map(|chunk| Ok(self.line(route, urls.endpoint(route)?, chunk))).collect()
    }

    fn line(&self, route: Route, endpoint: Endpoint, chunk: &[Asked]) -> LinePlan {
        let words: Vec<&str> = chunk.iter().map(|asked| asked.words.as_str()).collect();
        let again = |words: &str| [Ask::Unsubscribe, Ask::Subscribe].map(|ask| (self.message)(ask, &[words]));
        let book = |asked: &Asked| asked.book.map(|symbol| BookPlan { symbol, again: again(&asked.words).into() });
        let subscribe = |words: &[&str]| (self.message)(Ask::Subscribe, words);
        LinePlan {
            route,
            endpoint,
            streams: words.iter().map(|&words| words.to_owned()).collect(),
            books: chunk.iter().filter_map(book).collect(),
            messages: words.chunks(self.a_message).map(subscribe).collect(),
        }
    }
}
