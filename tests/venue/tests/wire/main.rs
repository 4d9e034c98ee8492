//! The simulated venue seen from outside, by a plain client over real sockets.

#[cfg(test)]
mod account;
#[cfg(test)]
mod bitget;
#[cfg(test)]
mod bybit;
#[cfg(test)]
mod client;
#[cfg(test)]
mod coinbase;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod hyperliquid;
#[cfg(test)]
mod kraken;
#[cfg(test)]
mod kraken_futures;
#[cfg(test)]
mod okx;
#[cfg(test)]
mod outline;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod robustness;
#[cfg(test)]
mod shapes;
