//! The table: what goes in, and what must come out.

use super::lists;
use engine_model::instrument::ContractKind::{self, Inverse, Linear, Spot};
use engine_model::venue::VenueId;

/// Instruments of one kind of one venue.
pub(super) struct Market {
    pub(super) name: &'static str,
    pub(super) venue: VenueId,
    /// The socket's address: at Bybit it says which market it is.
    pub(super) url: &'static str,
    /// What our symbols have before those of the table.
    pub(super) prefix: &'static str,
    /// The venue's list of them.
    pub(super) list: &'static str,
    /// Token, symbol, price, quantity of the trade, of the best bid; then the words of [`super::told`].
    pub(super) rows: &'static str,
}

/// Kinds of contract that a live venue does not have for us.
pub(super) const ABSENT: [(VenueId, &[ContractKind], &str); 10] = [
    (VenueId::BinanceSpot, &[Linear, Inverse], "both are venues of their own"),
    (VenueId::BinanceUsdm, &[Spot, Inverse], "both are venues of their own"),
    (VenueId::BinanceCoinm, &[Spot, Linear], "both are venues of their own"),
    (VenueId::GateSpot, &[Linear, Inverse], "its perpetuals are a venue of their own"),
    (VenueId::GateFutures, &[Spot], "its pairs are a venue of their own"),
    (VenueId::Bitget, &[Inverse], "contracts that settle in coins are sized in coins, as those that settle in dollars"),
    (VenueId::Hyperliquid, &[Inverse], "every contract settles in dollars"),
    (VenueId::Coinbase, &[Inverse], "every contract settles in dollars"),
    (VenueId::Kraken, &[Linear, Inverse], "its contracts are a venue of their own"),
    (VenueId::KrakenFutures, &[Spot], "its pairs are a venue of their own"),
];

pub(super) const MARKETS: [Market; 25] = [
    Market {
        name: "binance spot",
        venue: VenueId::BinanceSpot,
        url: "wss://stream.binance.com:9443/stream",
        prefix: "",
        list: lists::BINANCE_SPOT,
        rows: "
            BTC   BTCUSDT       60000.00   0.00150  2.50000  2/1 5/1 Spot 1/0     150 250000  0.0015 BTC      90.00 USDT
            ETH   ETHUSDT        3000.00   0.0200   1.5000   2/1 4/1 Spot 1/0     200  15000  0.02 ETH        60.00 USDT
            SOL   SOLUSDT         150.00   0.400    7.000    2/1 3/1 Spot 1/0     400   7000  0.4 SOL         60.00 USDT
            1000x 1000SATSUSDT  0.0003000  20000    300000   7/1 0/1 Spot 1/0   20000 300000  20000 1000SATS   6.00 USDT",
    },
    Market {
        name: "binance usd-m",
        venue: VenueId::BinanceUsdm,
        url: "wss://fstream.binance.com/stream",
        prefix: "",
        list: lists::BINANCE_USDM,
        rows: "
            BTC   BTCUSDT         60000.0  0.015    2.000    1/1 3/1 Linear 1/0    15   2000  0.015 BTC      900.00 USDT
            ETH   ETHUSDT         3000.00  0.020    1.500    2/1 3/1 Linear 1/0    20   1500  0.02 ETH        60.00 USDT
            SOL   SOLUSDT        150.0000  4        70       2/1 0/1 Linear 1/0     4     70  4 SOL          600.00 USDT
            1000x 1000PEPEUSDT  0.0100000  5000     70000    7/1 0/1 Linear 1/0  5000  70000  5000 1000PEPE   50.00 USDT",
    },
    Market {
        name: "binance coin-m",
        venue: VenueId::BinanceCoinm,
        url: "wss://dstream.binance.com/stream",
        prefix: "",
        list: lists::BINANCE_COINM,
        rows: "
            BTC   BTCUSD_PERP     60000.0  3        40       1/1 0/1 Inverse 100/0  3     40  300 USD        300.00 USD
            ETH   ETHUSD_PERP     3000.00  3        40       2/1 0/1 Inverse 10/0   3     40  30 USD          30.00 USD
            SOL   SOLUSD_PERP     150.000  7        90       3/1 0/1 Inverse 10/0   7     90  70 USD          70.00 USD
            1000x none: every contract is on the coin",
    },
    Market {
        name: "bybit spot",
        venue: VenueId::Bybit,
        url: "wss://stream.bybit.com/v5/public/spot",
        prefix: "spot:",
        list: lists::BYBIT_SPOT,
        rows: "
            BTC   BTCUSDT         60000.0  0.001500 2.500000 1/1 6/1 Spot 1/0    1500 2500000 0.0015 BTC      90.00 USDT
            ETH   ETHUSDT         3000.00  0.02     1.5      2/1 5/1 Spot 1/0    2000 150000  0.02 ETH        60.00 USDT
            SOL   SOLUSDT         150.00   0.4      7        2/1 3/1 Spot 1/0     400   7000  0.4 SOL         60.00 USDT
            1000x none: small coins trade by the coin",
    },
    Market {
        name: "bybit linear",
        venue: VenueId::Bybit,
        url: "wss://stream.bybit.com/v5/public/linear",
        prefix: "linear:",
        list: lists::BYBIT_LINEAR,
        rows: "
            BTC   BTCUSDT        60000.00  0.015    2.000    1/1 3/1 Linear 1/0    15   2000  0.015 BTC      900.00 USDT
            ETH   ETHUSDT         3000.00  0.02     1.50     2/1 2/1 Linear 1/0     2    150  0.02 ETH        60.00 USDT
            SOL   SOLUSDT         150.000  0.4      7.0      2/1 1/1 Linear 1/0     4     70  0.4 SOL         60.00 USDT
            1000x 1000PEPEUSDT  0.0100000  5000     70000    7/1 0/100 Linear 1/0  50    700  5000 1000PEPE   50.00 USDT",
    },
    Market {
        name: "bybit inverse",
        venue: VenueId::Bybit,
        url: "wss://stream.bybit.com/v5/public/inverse",
        prefix: "inverse:",
        list: lists::BYBIT_INVERSE,
        rows: "
            BTC   BTCUSD         60000.50  300      4000     1/5 0/1 Inverse 1/0  300   4000  300 USD        300.00 USD
            ETH   ETHUSD          3000.05  30       400      2/5 0/1 Inverse 1/0   30    400  30 USD          30.00 USD
            SOL   SOLUSD          150.000  70       900      2/1 0/1 Inverse 1/0   70    900  70 USD          70.00 USD
            1000x none: every contract is on the coin",
    },
    Market {
        name: "okx spot",
        venue: VenueId::Okx,
        url: "wss://ws.okx.com:8443/ws/v5/public",
        prefix: "",
        list: lists::OKX_SPOT,
        rows: "
            BTC   BTC-USDT          60000  0.0015   2.5      1/1 8/1 Spot 1/0  150000 250000000 0.0015 BTC    90.00 USDT
            ETH   ETH-USDT           3000  0.02     1.5      2/1 6/1 Spot 1/0   20000 1500000   0.02 ETH      60.00 USDT
            SOL   SOL-USDT            150  0.4      7        2/1 6/1 Spot 1/0  400000 7000000   0.4 SOL       60.00 USDT
            1000x none: small coins trade by the coin",
    },
    Market {
        name: "okx linear",
        venue: VenueId::Okx,
        url: "wss://ws.okx.com:8443/ws/v5/public",
        prefix: "",
        list: lists::OKX_LINEAR,
        rows: "
            BTC   BTC-USDT-SWAP     60000  1.5      250      1/1 2/1 Linear 1/2   150  25000  0.015 BTC      900.00 USDT
            ETH   ETH-USDT-SWAP      3000  0.2      15       2/1 2/1 Linear 1/1    20   1500  0.02 ETH        60.00 USDT
            SOL   SOL-USDT-SWAP       150  0.4      7        2/1 2/1 Linear 1/0    40    700  0.4 SOL         60.00 USDT
            1000x PEPE-USDT-SWAP  0.00001  0.5      7        9/1 1/1 Linear 10000000/0 5  70  5000000 PEPE    50.00 USDT",
    },
    Market {
        name: "okx inverse",
        venue: VenueId::Okx,
        url: "wss://ws.okx.com:8443/ws/v5/public",
        prefix: "",
        list: lists::OKX_INVERSE,
        rows: "
            BTC   BTC-USD-SWAP      60000  3        40       1/1 0/1 Inverse 100/0  3     40  300 USD        300.00 USD
            ETH   ETH-USD-SWAP       3000  3        40       2/1 0/1 Inverse 10/0   3     40  30 USD          30.00 USD
            SOL   SOL-USD-SWAP        150  7        90       2/1 0/1 Inverse 10/0   7     90  70 USD          70.00 USD
            1000x none: every contract is some dollars of a coin",
    },
    Market {
        name: "gate spot",
        venue: VenueId::GateSpot,
        url: "wss://api.gateio.ws/ws/v4/",
        prefix: "",
        list: lists::GATE_SPOT,
        rows: "
            BTC   BTC_USDT          60000  0.0015   2.5      1/1 6/1 Spot 1/0    1500 2500000 0.0015 BTC      90.00 USDT
            ETH   ETH_USDT           3000  0.02     1.5      2/1 4/1 Spot 1/0     200  15000  0.02 ETH        60.00 USDT
            SOL   SOL_USDT            150  0.4      7        2/1 3/1 Spot 1/0     400   7000  0.4 SOL         60.00 USDT
            1000x none: small coins trade by the coin",
    },
    Market {
        name: "gate linear",
        venue: VenueId::GateFutures,
        url: "wss://fx-ws.gateio.ws/v4/ws/usdt",
        prefix: "",
        list: lists::GATE_LINEAR,
        rows: "
            BTC   BTC_USDT        60000.0  150      20000    1/1 0/1 Linear 1/4   150  20000  0.015 BTC      900.00 USDT
            ETH   ETH_USDT        3000.00  2.5      150      2/1 2/1 Linear 1/2   250  15000  0.025 ETH       75.00 USDT
            SOL   SOL_USDT         150.00  4        70       2/1 0/1 Linear 1/0     4     70  4 SOL          600.00 USDT
            1000x PEPE_USDT  0.0000100000  3        80      10/1 0/1 Linear 10000000/0 3  80  30000000 PEPE  300.00 USDT",
    },
    Market {
        name: "gate inverse",
        venue: VenueId::GateFutures,
        url: "wss://fx-ws.gateio.ws/v4/ws/btc",
        prefix: "",
        list: lists::GATE_INVERSE,
        rows: "
            BTC   BTC_USD         60000.0  300      4000     1/1 0/1 Inverse 1/0  300   4000  300 USD        300.00 USD
            ETH   none: its contract that settles in bitcoin is worth neither coins nor dollars, and is refused
            SOL   none: bitcoin alone
            1000x none: bitcoin alone",
    },
    Market {
        name: "bitget spot",
        venue: VenueId::Bitget,
        url: "wss://ws.bitget.com/v2/ws/public",
        prefix: "SPOT:",
        list: lists::BITGET_SPOT,
        rows: "
            BTC   BTCUSDT        60000.00  0.001500 2.500000 2/1 6/1 Spot 1/0    1500 2500000 0.0015 BTC      90.00 USDT
            ETH   ETHUSDT         3000.00  0.0200   1.5000   2/1 4/1 Spot 1/0     200  15000  0.02 ETH        60.00 USDT
            SOL   SOLUSDT          150.00  0.4000   7.0000   2/1 4/1 Spot 1/0    4000  70000  0.4 SOL         60.00 USDT
            1000x none: small coins trade by the coin",
    },
    Market {
        name: "bitget linear",
        venue: VenueId::Bitget,
        url: "wss://ws.bitget.com/v2/ws/public",
        prefix: "USDT-FUTURES:",
        list: lists::BITGET_LINEAR,
        rows: "
            BTC   BTCUSDT         60000.0  0.0150   2.0000   1/1 4/1 Linear 1/0   150  20000  0.015 BTC      900.00 USDT
            ETH   ETHUSDT         3000.00  0.02     1.50     2/1 2/1 Linear 1/0     2    150  0.02 ETH        60.00 USDT
            SOL   SOLUSDT         150.000  0.40     7.00     3/10 2/10 Linear 1/0   4     70  0.4 SOL         60.00 USDT
            1000x 1000BONKUSDT    0.01000  5000     70000    5/1 0/100 Linear 1/0  50    700  5000 1000BONK   50.00 USDT",
    },
    Market {
        name: "bitget settled in coins",
        venue: VenueId::Bitget,
        url: "wss://ws.bitget.com/v2/ws/public",
        prefix: "COIN-FUTURES:",
        list: lists::BITGET_COIN,
        rows: "
            BTC   BTCUSD          60000.0  0.0150   2.0000   1/1 4/1 Linear 1/0   150  20000  0.015 BTC      900.00 USD
            ETH   ETHUSD          3000.00  0.02     1.50     2/1 2/1 Linear 1/0     2    150  0.02 ETH        60.00 USD
            SOL   SOLUSD          150.000  0.4      7.0      3/1 1/1 Linear 1/0     4     70  0.4 SOL         60.00 USD
            1000x none: every contract is on the coin",
    },
    Market {
        name: "hyperliquid perpetuals",
        venue: VenueId::Hyperliquid,
        url: "wss://api.hyperliquid.xyz/ws",
        prefix: "",
        list: lists::HYPERLIQUID_PERPETUALS,
        rows: "
            BTC   BTC             60000.0  0.0015   2.5      1/1 5/1 Linear 1/0   150 250000  0.0015 BTC      90.00 USDC
            ETH   ETH              3000.0  0.02     1.5      2/1 4/1 Linear 1/0   200  15000  0.02 ETH        60.00 USDC
            SOL   SOL               150.0  0.4      7.0      4/1 2/1 Linear 1/0    40    700  0.4 SOL         60.00 USDC
            1000x kPEPE              0.01  5000.0   70000.0  6/1 0/1 Linear 1/0  5000  70000  5000 kPEPE      50.00 USDC",
    },
    Market {
        name: "hyperliquid spot",
        venue: VenueId::Hyperliquid,
        url: "wss://api.hyperliquid.xyz/ws",
        prefix: "",
        list: lists::HYPERLIQUID_SPOT,
        rows: "
            BTC   @142            60000.0  0.0015   2.5      3/1 5/1 Spot 1/0     150 250000  0.0015 UBTC     90.00 USDC
            ETH   @151             3000.0  0.02     1.5      4/1 4/1 Spot 1/0     200  15000  0.02 UETH       60.00 USDC
            SOL   @156              150.0  0.4      7.0      5/1 3/1 Spot 1/0     400   7000  0.4 USOL        60.00 USDC
            1000x none: small coins trade by the coin",
    },
    Market {
        name: "coinbase spot",
        venue: VenueId::Coinbase,
        url: "wss://advanced-trade-ws.coinbase.com",
        prefix: "",
        list: lists::COINBASE,
        rows: "
            BTC   BTC-USD           60000  0.0015   2.5      2/1 8/1 Spot 1/0 150000 250000000 0.0015 BTC     90.00 USD
            ETH   ETH-USD            3000  0.02     1.5      2/1 8/1 Spot 1/0 2000000 150000000 0.02 ETH      60.00 USD
            SOL   SOL-USD             150  0.4      7        2/1 8/1 Spot 1/0 40000000 700000000 0.4 SOL      60.00 USD
            1000x none: small coins trade by the coin",
    },
    Market {
        name: "coinbase contracts",
        venue: VenueId::Coinbase,
        url: "wss://advanced-trade-ws.coinbase.com",
        prefix: "",
        list: lists::COINBASE_CONTRACTS,
        rows: "
            BTC   BIP-20DEC30-CDE     60000  3      25      0/5 0/1 Linear 1/2     3     25  0.03 BTC     1800.00 USD
            ETH   ETP-20DEC30-CDE      3000  2      15      1/5 0/1 Linear 1/1     2     15  0.2 ETH       600.00 USD
            SOL   SLP-20DEC30-CDE       150  4      70      2/1 0/1 Linear 5/0     4     70  20 SOL       3000.00 USD
            1000x 1000PEPE-PERP-INTX   0.01  5000   70000   7/1 0/1 Linear 1/0  5000  70000  5000 1000PEPE  50.00 USDC",
    },
    Market {
        name: "kraken spot",
        venue: VenueId::Kraken,
        url: "wss://ws.kraken.com/v2",
        prefix: "",
        list: lists::KRAKEN,
        rows: "
            BTC   BTC/USD  60000.0  0.00150000  2.50000000  1/1 8/1 Spot 1/0   150000 250000000  0.0015 BTC   90.00 USD
            ETH   ETH/USD  3000.00  0.02000000  1.50000000  2/1 8/1 Spot 1/0  2000000 150000000  0.02 ETH     60.00 USD
            SOL   SOL/USD   150.00  0.40000000  7.00000000  2/1 8/1 Spot 1/0 40000000 700000000  0.4 SOL      60.00 USD
            1000x none: small coins trade by the coin",
    },
    Market {
        name: "kraken futures linear",
        venue: VenueId::KrakenFutures,
        url: "wss://futures.kraken.com/ws/v1",
        prefix: "",
        list: lists::KRAKEN_LINEAR,
        rows: "
            BTC   PF_XBTUSD         60000  0.0150   2.0000   0/1 4/1 Linear 1/0   150  20000  0.015 BTC      900.00 USD
            ETH   PF_ETHUSD        3000.0  0.020    1.500    1/1 3/1 Linear 1/0    20   1500  0.02 ETH        60.00 USD
            SOL   PF_SOLUSD        150.00  0.40     7.00     2/1 2/1 Linear 1/0    40    700  0.4 SOL         60.00 USD
            1000x PF_PEPEUSD     0.000010  5000000  70000000 9/1 0/1000 Linear 1/0 5000 70000 5000000 PEPE    50.00 USD",
    },
    Market {
        name: "kraken futures inverse",
        venue: VenueId::KrakenFutures,
        url: "wss://futures.kraken.com/ws/v1",
        prefix: "",
        list: lists::KRAKEN_INVERSE,
        rows: "
            BTC   PI_XBTUSD       60000.5  300      4000     1/5 0/1 Inverse 1/0  300   4000  300 USD        300.00 USD
            ETH   PI_ETHUSD       3000.05  30       400      2/5 0/1 Inverse 1/0   30    400  30 USD          30.00 USD
            SOL   none: there is none that settles in the coin
            1000x none: every contract is on the coin",
    },
    Market {
        name: "deribit spot",
        venue: VenueId::Deribit,
        url: "wss://www.deribit.com/ws/api/v2",
        prefix: "",
        list: lists::DERIBIT_SPOT,
        rows: "
            BTC   BTC_USDC          60000  0.0015   2.5      0/1 4/1 Spot 1/0      15  25000  0.0015 BTC      90.00 USDC
            ETH   ETH_USDC         3000.0  0.02     1.5      1/1 3/1 Spot 1/0      20   1500  0.02 ETH        60.00 USDC
            SOL   SOL_USDC         150.00  0.4      7        2/1 2/1 Spot 1/0      40    700  0.4 SOL         60.00 USDC
            1000x none: small coins trade by the coin",
    },
    Market {
        name: "deribit linear",
        venue: VenueId::Deribit,
        url: "wss://www.deribit.com/ws/api/v2",
        prefix: "",
        list: lists::DERIBIT_LINEAR,
        rows: "
            BTC   BTC_USDC-PERPETUAL  60000 0.015   2        0/1 4/1 Linear 1/0   150  20000  0.015 BTC      900.00 USDC
            ETH   ETH_USDC-PERPETUAL 3000.0 0.02    1.5      2/5 3/1 Linear 1/0    20   1500  0.02 ETH        60.00 USDC
            SOL   SOL_USDC-PERPETUAL  150.0 0.4     7        2/1 1/1 Linear 1/0     4     70  0.4 SOL         60.00 USDC
            1000x none: small coins trade by the coin",
    },
    Market {
        name: "deribit inverse",
        venue: VenueId::Deribit,
        url: "wss://www.deribit.com/ws/api/v2",
        prefix: "",
        list: lists::DERIBIT_INVERSE,
        rows: "
            BTC   BTC-PERPETUAL   60000.5  300      4000     1/5 0/10 Inverse 1/0  30    400  300 USD        300.00 USD
            ETH   ETH-PERPETUAL   3000.05  30       400      2/5 0/1 Inverse 1/0   30    400  30 USD          30.00 USD
            SOL   none: there is none that settles in the coin
            1000x none: every contract is on the coin",
    },
];
