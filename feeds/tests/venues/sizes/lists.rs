//! What each venue answers when it is asked for its instruments: the fields that its documentation names, the sizes that it
//! lists, on instruments of our choice.

use super::golden::Market;
use engine_model::venue::VenueId;

/// As many answers as questions. Each is the whole list, but at Coinbase, where it is one product: a line of ours.
pub(super) fn answers(market: &Market, wanted: &[&str]) -> Vec<Vec<u8>> {
    let answer = |line: &str| line.as_bytes().to_vec();
    match market.venue {
        VenueId::Coinbase => market.list.trim().lines().map(answer).collect(),
        // The second names those that do not pay funding each eight hours.
        VenueId::BinanceUsdm | VenueId::BinanceCoinm => vec![answer(market.list), answer("[]")],
        venue => feeds::list_requests(venue, wanted).iter().map(|_| answer(market.list)).collect(),
    }
}

pub(super) const BINANCE_SPOT: &str = r#"{"timezone":"UTC","symbols":[
    {"symbol":"BTCUSDT","baseAsset":"BTC","quoteAsset":"USDT","filters":[{"filterType":"PRICE_FILTER",
        "minPrice":"0.01000000","maxPrice":"1000000","tickSize":"0.01000000"},{"filterType":"LOT_SIZE",
        "minQty":"0.00001000","maxQty":"9000000","stepSize":"0.00001000"},{"filterType":"NOTIONAL",
        "minNotional":"5.00000000"}]},
    {"symbol":"ETHUSDT","baseAsset":"ETH","quoteAsset":"USDT","filters":[{"filterType":"PRICE_FILTER",
        "minPrice":"0.01000000","maxPrice":"1000000","tickSize":"0.01000000"},{"filterType":"LOT_SIZE",
        "minQty":"0.00010000","maxQty":"9000000","stepSize":"0.00010000"},{"filterType":"NOTIONAL",
        "minNotional":"5.00000000"}]},
    {"symbol":"SOLUSDT","baseAsset":"SOL","quoteAsset":"USDT","filters":[{"filterType":"PRICE_FILTER",
        "minPrice":"0.01000000","maxPrice":"1000000","tickSize":"0.01000000"},{"filterType":"LOT_SIZE",
        "minQty":"0.00100000","maxQty":"9000000","stepSize":"0.00100000"},{"filterType":"NOTIONAL",
        "minNotional":"5.00000000"}]},
    {"symbol":"1000SATSUSDT","baseAsset":"1000SATS","quoteAsset":"USDT","filters":[{"filterType":"PRICE_FILTER",
        "minPrice":"0.00000010","maxPrice":"1000000","tickSize":"0.00000010"},{"filterType":"LOT_SIZE",
        "minQty":"1.00000000","maxQty":"9000000","stepSize":"1.00000000"},{"filterType":"NOTIONAL",
        "minNotional":"5.00000000"}]}]}"#;

pub(super) const BINANCE_USDM: &str = r#"{"timezone":"UTC","symbols":[
    {"symbol":"BTCUSDT","baseAsset":"BTC","quoteAsset":"USDT","contractType":"PERPETUAL","pricePrecision":2,
        "quantityPrecision":3,"filters":[{"filterType":"PRICE_FILTER","minPrice":"0.10","maxPrice":"1000000",
        "tickSize":"0.10"},{"filterType":"LOT_SIZE","minQty":"0.001","maxQty":"9000000","stepSize":"0.001"},
        {"filterType":"MIN_NOTIONAL","notional":"5"}]},
    {"symbol":"ETHUSDT","baseAsset":"ETH","quoteAsset":"USDT","contractType":"PERPETUAL","pricePrecision":2,
        "quantityPrecision":3,"filters":[{"filterType":"PRICE_FILTER","minPrice":"0.01","maxPrice":"1000000",
        "tickSize":"0.01"},{"filterType":"LOT_SIZE","minQty":"0.001","maxQty":"9000000","stepSize":"0.001"},
        {"filterType":"MIN_NOTIONAL","notional":"5"}]},
    {"symbol":"SOLUSDT","baseAsset":"SOL","quoteAsset":"USDT","contractType":"PERPETUAL","pricePrecision":2,
        "quantityPrecision":3,"filters":[{"filterType":"PRICE_FILTER","minPrice":"0.0100","maxPrice":"1000000",
        "tickSize":"0.0100"},{"filterType":"LOT_SIZE","minQty":"1","maxQty":"9000000","stepSize":"1"},
        {"filterType":"MIN_NOTIONAL","notional":"5"}]},
    {"symbol":"1000PEPEUSDT","baseAsset":"1000PEPE","quoteAsset":"USDT","contractType":"PERPETUAL",
        "pricePrecision":2,"quantityPrecision":3,"filters":[{"filterType":"PRICE_FILTER","minPrice":"0.0000001",
        "maxPrice":"1000000","tickSize":"0.0000001"},{"filterType":"LOT_SIZE","minQty":"1","maxQty":"9000000",
        "stepSize":"1"},{"filterType":"MIN_NOTIONAL","notional":"5"}]}]}"#;

pub(super) const BINANCE_COINM: &str = r#"{"timezone":"UTC","symbols":[
    {"symbol":"BTCUSD_PERP","baseAsset":"BTC","quoteAsset":"USD","contractType":"PERPETUAL","contractSize":100,
        "marginAsset":"COIN","filters":[{"filterType":"PRICE_FILTER","minPrice":"0.1","maxPrice":"1000000",
        "tickSize":"0.1"},{"filterType":"LOT_SIZE","minQty":"1","maxQty":"9000000","stepSize":"1"}]},
    {"symbol":"ETHUSD_PERP","baseAsset":"ETH","quoteAsset":"USD","contractType":"PERPETUAL","contractSize":10,
        "marginAsset":"COIN","filters":[{"filterType":"PRICE_FILTER","minPrice":"0.01","maxPrice":"1000000",
        "tickSize":"0.01"},{"filterType":"LOT_SIZE","minQty":"1","maxQty":"9000000","stepSize":"1"}]},
    {"symbol":"SOLUSD_PERP","baseAsset":"SOL","quoteAsset":"USD","contractType":"PERPETUAL","contractSize":10,
        "marginAsset":"COIN","filters":[{"filterType":"PRICE_FILTER","minPrice":"0.001","maxPrice":"1000000",
        "tickSize":"0.001"},{"filterType":"LOT_SIZE","minQty":"1","maxQty":"9000000","stepSize":"1"}]}]}"#;

pub(super) const BYBIT_SPOT: &str = r#"{"retCode":0,"retMsg":"OK","result":{"category":"spot","list":[
    {"symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT","status":"Trading",
        "lotSizeFilter":{"basePrecision":"0.000001","quotePrecision":"0.00000001","minOrderQty":"0.000001",
        "maxOrderQty":"9000","minOrderAmt":"5"},"priceFilter":{"tickSize":"0.1"}},
    {"symbol":"ETHUSDT","baseCoin":"ETH","quoteCoin":"USDT","status":"Trading",
        "lotSizeFilter":{"basePrecision":"0.00001","quotePrecision":"0.00000001","minOrderQty":"0.00001",
        "maxOrderQty":"9000","minOrderAmt":"5"},"priceFilter":{"tickSize":"0.01"}},
    {"symbol":"SOLUSDT","baseCoin":"SOL","quoteCoin":"USDT","status":"Trading",
        "lotSizeFilter":{"basePrecision":"0.001","quotePrecision":"0.00000001","minOrderQty":"0.001",
        "maxOrderQty":"9000","minOrderAmt":"5"},"priceFilter":{"tickSize":"0.01"}}]},"time":5}"#;

pub(super) const BYBIT_LINEAR: &str = r#"{"retCode":0,"retMsg":"OK","result":{"category":"linear","list":[
    {"symbol":"BTCUSDT","contractType":"LinearPerpetual","baseCoin":"BTC","quoteCoin":"USDT",
        "priceFilter":{"minPrice":"0.10","maxPrice":"1999999","tickSize":"0.10"},
        "lotSizeFilter":{"maxOrderQty":"11000000","minOrderQty":"0.001","qtyStep":"0.001","minNotionalValue":"5"},
        "fundingInterval":480},
    {"symbol":"ETHUSDT","contractType":"LinearPerpetual","baseCoin":"ETH","quoteCoin":"USDT",
        "priceFilter":{"minPrice":"0.01","maxPrice":"1999999","tickSize":"0.01"},
        "lotSizeFilter":{"maxOrderQty":"11000000","minOrderQty":"0.01","qtyStep":"0.01","minNotionalValue":"5"},
        "fundingInterval":480},
    {"symbol":"SOLUSDT","contractType":"LinearPerpetual","baseCoin":"SOL","quoteCoin":"USDT",
        "priceFilter":{"minPrice":"0.010","maxPrice":"1999999","tickSize":"0.010"},
        "lotSizeFilter":{"maxOrderQty":"11000000","minOrderQty":"0.1","qtyStep":"0.1","minNotionalValue":"5"},
        "fundingInterval":480},
    {"symbol":"1000PEPEUSDT","contractType":"LinearPerpetual","baseCoin":"1000PEPE","quoteCoin":"USDT",
        "priceFilter":{"minPrice":"0.0000001","maxPrice":"1999999","tickSize":"0.0000001"},
        "lotSizeFilter":{"maxOrderQty":"11000000","minOrderQty":"100","qtyStep":"100","minNotionalValue":"5"},
        "fundingInterval":480}]},"time":5}"#;

pub(super) const BYBIT_INVERSE: &str = r#"{"retCode":0,"retMsg":"OK","result":{"category":"inverse","list":[
    {"symbol":"BTCUSD","contractType":"InversePerpetual","baseCoin":"BTC","quoteCoin":"USD",
        "priceFilter":{"minPrice":"0.50","maxPrice":"1999999","tickSize":"0.50"},
        "lotSizeFilter":{"maxOrderQty":"11000000","minOrderQty":"1","qtyStep":"1"},"fundingInterval":480},
    {"symbol":"ETHUSD","contractType":"InversePerpetual","baseCoin":"ETH","quoteCoin":"USD",
        "priceFilter":{"minPrice":"0.05","maxPrice":"1999999","tickSize":"0.05"},
        "lotSizeFilter":{"maxOrderQty":"11000000","minOrderQty":"1","qtyStep":"1"},"fundingInterval":480},
    {"symbol":"SOLUSD","contractType":"InversePerpetual","baseCoin":"SOL","quoteCoin":"USD",
        "priceFilter":{"minPrice":"0.01","maxPrice":"1999999","tickSize":"0.01"},
        "lotSizeFilter":{"maxOrderQty":"11000000","minOrderQty":"1","qtyStep":"1"},"fundingInterval":480}]},"time":5}"#;

pub(super) const OKX_SPOT: &str = r#"{"code":"0","msg":"","data":[
    {"instType":"SPOT","instId":"BTC-USDT","baseCcy":"BTC","quoteCcy":"USDT","ctVal":"","ctMult":"","ctType":"",
        "tickSz":"0.1","lotSz":"0.00000001","minSz":"0.00000001","maxLmtSz":"9999999999","state":"live"},
    {"instType":"SPOT","instId":"ETH-USDT","baseCcy":"ETH","quoteCcy":"USDT","ctVal":"","ctMult":"","ctType":"",
        "tickSz":"0.01","lotSz":"0.000001","minSz":"0.000001","maxLmtSz":"9999999999","state":"live"},
    {"instType":"SPOT","instId":"SOL-USDT","baseCcy":"SOL","quoteCcy":"USDT","ctVal":"","ctMult":"","ctType":"",
        "tickSz":"0.01","lotSz":"0.000001","minSz":"0.000001","maxLmtSz":"9999999999","state":"live"}]}"#;

pub(super) const OKX_LINEAR: &str = r#"{"code":"0","msg":"","data":[
    {"instType":"SWAP","instId":"BTC-USDT-SWAP","baseCcy":"","quoteCcy":"","ctVal":"0.01","ctMult":"1",
        "ctValCcy":"BTC","ctType":"linear","tickSz":"0.1","lotSz":"0.01","minSz":"0.01","maxLmtSz":"100000000",
        "state":"live"},
    {"instType":"SWAP","instId":"ETH-USDT-SWAP","baseCcy":"","quoteCcy":"","ctVal":"0.1","ctMult":"1",
        "ctValCcy":"ETH","ctType":"linear","tickSz":"0.01","lotSz":"0.01","minSz":"0.01","maxLmtSz":"100000000",
        "state":"live"},
    {"instType":"SWAP","instId":"SOL-USDT-SWAP","baseCcy":"","quoteCcy":"","ctVal":"1","ctMult":"1",
        "ctValCcy":"SOL","ctType":"linear","tickSz":"0.01","lotSz":"0.01","minSz":"0.01","maxLmtSz":"100000000",
        "state":"live"},
    {"instType":"SWAP","instId":"PEPE-USDT-SWAP","baseCcy":"","quoteCcy":"","ctVal":"10000000","ctMult":"1",
        "ctValCcy":"PEPE","ctType":"linear","tickSz":"0.000000001","lotSz":"0.1","minSz":"0.1",
        "maxLmtSz":"100000000","state":"live"}]}"#;

pub(super) const OKX_INVERSE: &str = r#"{"code":"0","msg":"","data":[
    {"instType":"SWAP","instId":"BTC-USD-SWAP","baseCcy":"","quoteCcy":"","ctVal":"100","ctMult":"1",
        "ctValCcy":"USD","ctType":"inverse","tickSz":"0.1","lotSz":"1","minSz":"1","maxLmtSz":"100000000",
        "state":"live"},
    {"instType":"SWAP","instId":"ETH-USD-SWAP","baseCcy":"","quoteCcy":"","ctVal":"10","ctMult":"1",
        "ctValCcy":"USD","ctType":"inverse","tickSz":"0.01","lotSz":"1","minSz":"1","maxLmtSz":"100000000",
        "state":"live"},
    {"instType":"SWAP","instId":"SOL-USD-SWAP","baseCcy":"","quoteCcy":"","ctVal":"10","ctMult":"1",
        "ctValCcy":"USD","ctType":"inverse","tickSz":"0.01","lotSz":"1","minSz":"1","maxLmtSz":"100000000",
        "state":"live"}]}"#;

pub(super) const GATE_SPOT: &str = r#"[
    {"id":"BTC_USDT","base":"BTC","quote":"USDT","fee":"0.2","min_quote_amount":"3","amount_precision":6,
        "precision":1,"trade_status":"tradable"},
    {"id":"ETH_USDT","base":"ETH","quote":"USDT","fee":"0.2","min_quote_amount":"3","amount_precision":4,
        "precision":2,"trade_status":"tradable"},
    {"id":"SOL_USDT","base":"SOL","quote":"USDT","fee":"0.2","min_quote_amount":"3","amount_precision":3,
        "precision":2,"trade_status":"tradable"}]"#;

pub(super) const GATE_LINEAR: &str = r#"[
    {"name":"BTC_USDT","type":"direct","quanto_multiplier":"0.0001","order_price_round":"0.1","order_size_min":1,
        "order_size_max":1000000,"enable_decimal":false,"funding_interval":28800},
    {"name":"ETH_USDT","type":"direct","quanto_multiplier":"0.01","order_price_round":"0.01","order_size_min":1,
        "order_size_max":1000000,"enable_decimal":true,"funding_interval":28800},
    {"name":"SOL_USDT","type":"direct","quanto_multiplier":"1","order_price_round":"0.01","order_size_min":1,
        "order_size_max":1000000,"enable_decimal":false,"funding_interval":28800},
    {"name":"PEPE_USDT","type":"direct","quanto_multiplier":"10000000","order_price_round":"0.0000000001",
        "order_size_min":1,"order_size_max":1000000,"enable_decimal":false,"funding_interval":28800}]"#;

pub(super) const GATE_INVERSE: &str = r#"[
    {"name":"BTC_USD","type":"inverse","quanto_multiplier":"0","order_price_round":"0.1","order_size_min":1,
        "order_size_max":1000000,"enable_decimal":false,"funding_interval":28800}]"#;

pub(super) const BITGET_SPOT: &str = r#"{"code":"00000","msg":"success","requestTime":5,"data":[
    {"symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT","minTradeAmount":"0",
        "maxTradeAmount":"900000000000000000000","pricePrecision":"2","quantityPrecision":"6","quotePrecision":"8",
        "status":"online","minTradeUSDT":"1"},
    {"symbol":"ETHUSDT","baseCoin":"ETH","quoteCoin":"USDT","minTradeAmount":"0",
        "maxTradeAmount":"900000000000000000000","pricePrecision":"2","quantityPrecision":"4","quotePrecision":"8",
        "status":"online","minTradeUSDT":"1"},
    {"symbol":"SOLUSDT","baseCoin":"SOL","quoteCoin":"USDT","minTradeAmount":"0",
        "maxTradeAmount":"900000000000000000000","pricePrecision":"2","quantityPrecision":"4","quotePrecision":"8",
        "status":"online","minTradeUSDT":"1"}]}"#;

pub(super) const BITGET_LINEAR: &str = r#"{"code":"00000","msg":"success","requestTime":5,"data":[
    {"symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT","minTradeNum":"0.0001","pricePlace":"1",
        "priceEndStep":"1","volumePlace":"4","sizeMultiplier":"0.0001","symbolType":"perpetual","minTradeUSDT":"5",
        "maxOrderQty":"1000000"},
    {"symbol":"ETHUSDT","baseCoin":"ETH","quoteCoin":"USDT","minTradeNum":"0.01","pricePlace":"2",
        "priceEndStep":"1","volumePlace":"2","sizeMultiplier":"0.01","symbolType":"perpetual","minTradeUSDT":"5",
        "maxOrderQty":"1000000"},
    {"symbol":"SOLUSDT","baseCoin":"SOL","quoteCoin":"USDT","minTradeNum":"0.1","pricePlace":"3",
        "priceEndStep":"10","volumePlace":"2","sizeMultiplier":"0.1","symbolType":"perpetual","minTradeUSDT":"5",
        "maxOrderQty":"1000000"},
    {"symbol":"1000BONKUSDT","baseCoin":"1000BONK","quoteCoin":"USDT","minTradeNum":"100","pricePlace":"5",
        "priceEndStep":"1","volumePlace":"0","sizeMultiplier":"100","symbolType":"perpetual","minTradeUSDT":"5",
        "maxOrderQty":"1000000"}]}"#;

pub(super) const BITGET_COIN: &str = r#"{"code":"00000","msg":"success","requestTime":5,"data":[
    {"symbol":"BTCUSD","baseCoin":"BTC","quoteCoin":"USD","minTradeNum":"0.0001","pricePlace":"1",
        "priceEndStep":"1","volumePlace":"4","sizeMultiplier":"0.0001","symbolType":"perpetual","minTradeUSDT":"5",
        "maxOrderQty":"1000000"},
    {"symbol":"ETHUSD","baseCoin":"ETH","quoteCoin":"USD","minTradeNum":"0.01","pricePlace":"2","priceEndStep":"1",
        "volumePlace":"2","sizeMultiplier":"0.01","symbolType":"perpetual","minTradeUSDT":"5",
        "maxOrderQty":"1000000"},
    {"symbol":"SOLUSD","baseCoin":"SOL","quoteCoin":"USD","minTradeNum":"0.1","pricePlace":"3","priceEndStep":"1",
        "volumePlace":"1","sizeMultiplier":"0.1","symbolType":"perpetual","minTradeUSDT":"5",
        "maxOrderQty":"1000000"}]}"#;

pub(super) const HYPERLIQUID_PERPETUALS: &str = r#"{"universe":[
    {"maxLeverage":40,"name":"BTC","szDecimals":5},
    {"maxLeverage":25,"name":"ETH","szDecimals":4},
    {"maxLeverage":20,"name":"SOL","szDecimals":2},
    {"maxLeverage":10,"name":"kPEPE","szDecimals":0}]}"#;

pub(super) const HYPERLIQUID_SPOT: &str = r#"{"universe":[
    {"tokens":[197,0],"name":"@142","index":142,"isCanonical":false},
    {"tokens":[221,0],"name":"@151","index":151,"isCanonical":false},
    {"tokens":[254,0],"name":"@156","index":156,"isCanonical":false}],"tokens":[
    {"name":"USDC","szDecimals":8,"weiDecimals":10,"index":0,"isCanonical":false},
    {"name":"UBTC","szDecimals":5,"weiDecimals":10,"index":197,"isCanonical":false},
    {"name":"UETH","szDecimals":4,"weiDecimals":10,"index":221,"isCanonical":false},
    {"name":"USOL","szDecimals":3,"weiDecimals":10,"index":254,"isCanonical":false}]}"#;

pub(super) const COINBASE: &str = r#"
{"product_id":"BTC-USD","price_increment":"0.01","base_increment":"0.00000001","base_min_size":"0.00000001","base_max_size":"3400","quote_min_size":"1","product_type":"SPOT","base_currency_id":"BTC","quote_currency_id":"USD"}
{"product_id":"ETH-USD","price_increment":"0.01","base_increment":"0.00000001","base_min_size":"0.00000001","base_max_size":"3400","quote_min_size":"1","product_type":"SPOT","base_currency_id":"ETH","quote_currency_id":"USD"}
{"product_id":"SOL-USD","price_increment":"0.01","base_increment":"0.00000001","base_min_size":"0.00000001","base_max_size":"3400","quote_min_size":"1","product_type":"SPOT","base_currency_id":"SOL","quote_currency_id":"USD"}
"#;

pub(super) const COINBASE_CONTRACTS: &str = r#"
{"product_id":"BIP-20DEC30-CDE","price_increment":"5","base_increment":"1","base_min_size":"1","base_max_size":"5000","quote_min_size":"0","product_type":"FUTURE","base_currency_id":"","quote_currency_id":"USD","future_product_details":{"contract_size":"0.01","contract_root_unit":"BTC"}}
{"product_id":"ETP-20DEC30-CDE","price_increment":"0.5","base_increment":"1","base_min_size":"1","base_max_size":"5000","quote_min_size":"0","product_type":"FUTURE","base_currency_id":"","quote_currency_id":"USD","future_product_details":{"contract_size":"0.1","contract_root_unit":"ETH"}}
{"product_id":"SLP-20DEC30-CDE","price_increment":"0.01","base_increment":"1","base_min_size":"1","base_max_size":"5000","quote_min_size":"0","product_type":"FUTURE","base_currency_id":"","quote_currency_id":"USD","future_product_details":{"contract_size":"5","contract_root_unit":"SOL"}}
{"product_id":"1000PEPE-PERP-INTX","price_increment":"0.0000001","base_increment":"1","base_min_size":"1","base_max_size":"90000000","quote_min_size":"0","product_type":"FUTURE","base_currency_id":"","quote_currency_id":"USDC","future_product_details":{"contract_size":"1","contract_root_unit":"1000PEPE"}}
"#;

pub(super) const KRAKEN: &str = r#"{"error":[],"result":{
    "XXBTZUSD":{"wsname":"XBT/USD","pair_decimals":1,"lot_decimals":8,"lot_multiplier":1,"ordermin":"0.00005",
        "costmin":"0.5","tick_size":"0.1","status":"online"},
    "XETHZUSD":{"wsname":"ETH/USD","pair_decimals":2,"lot_decimals":8,"lot_multiplier":1,"ordermin":"0.001",
        "costmin":"0.5","tick_size":"0.01","status":"online"},
    "SOLUSD":{"wsname":"SOL/USD","pair_decimals":2,"lot_decimals":8,"lot_multiplier":1,"ordermin":"0.02",
        "costmin":"0.5","tick_size":"0.01","status":"online"}}}"#;

pub(super) const KRAKEN_LINEAR: &str = r#"{"result":"success","instruments":[
    {"symbol":"PF_XBTUSD","type":"flexible_futures","tradeable":true,"tickSize":1,"contractSize":1,
        "contractValueTradePrecision":4},
    {"symbol":"PF_ETHUSD","type":"flexible_futures","tradeable":true,"tickSize":0.1,"contractSize":1,
        "contractValueTradePrecision":3},
    {"symbol":"PF_SOLUSD","type":"flexible_futures","tradeable":true,"tickSize":0.01,"contractSize":1,
        "contractValueTradePrecision":2},
    {"symbol":"PF_PEPEUSD","type":"flexible_futures","tradeable":true,"tickSize":1E-9,"contractSize":1,
        "contractValueTradePrecision":-3}]}"#;

pub(super) const KRAKEN_INVERSE: &str = r#"{"result":"success","instruments":[
    {"symbol":"PI_XBTUSD","type":"futures_inverse","tradeable":true,"tickSize":0.5,"contractSize":1,
        "contractValueTradePrecision":0},
    {"symbol":"PI_ETHUSD","type":"futures_inverse","tradeable":true,"tickSize":0.05,"contractSize":1,
        "contractValueTradePrecision":0}]}"#;

pub(super) const DERIBIT_SPOT: &str = r#"{"jsonrpc":"2.0","result":[
    {"instrument_name":"BTC_USDC","kind":"spot","is_active":true,"tick_size":1.0,"contract_size":1.0e-4,"min_trade_amount":1.0e-4},
    {"instrument_name":"ETH_USDC","kind":"spot","is_active":true,"tick_size":0.1,"contract_size":0.001,"min_trade_amount":0.001},
    {"instrument_name":"SOL_USDC","kind":"spot","is_active":true,"tick_size":0.01,"contract_size":0.01,"min_trade_amount":0.01}]}"#;

pub(super) const DERIBIT_LINEAR: &str = r#"{"jsonrpc":"2.0","result":[
    {"instrument_name":"BTC_USDC-PERPETUAL","kind":"future","is_active":true,"tick_size":1.0,"contract_size":1.0e-4,"min_trade_amount":1.0e-4},
    {"instrument_name":"ETH_USDC-PERPETUAL","kind":"future","is_active":true,"tick_size":0.05,"contract_size":0.001,"min_trade_amount":0.001},
    {"instrument_name":"SOL_USDC-PERPETUAL","kind":"future","is_active":true,"tick_size":0.01,"contract_size":0.1,"min_trade_amount":0.1}]}"#;

pub(super) const DERIBIT_INVERSE: &str = r#"{"jsonrpc":"2.0","result":[
    {"instrument_name":"BTC-PERPETUAL","kind":"future","is_active":true,"tick_size":0.5,"contract_size":10.0,"min_trade_amount":10.0},
    {"instrument_name":"ETH-PERPETUAL","kind":"future","is_active":true,"tick_size":0.05,"contract_size":1.0,"min_trade_amount":1.0}]}"#;
